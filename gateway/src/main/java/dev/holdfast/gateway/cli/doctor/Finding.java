// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import java.util.Locale;

/**
 * One thing that was looked at.
 *
 * @param check what, in a word or two
 * @param detail what was found
 * @param advice what to do about it; empty where all is well
 */
public record Finding(Status status, String check, String detail, String advice) {
    /** How it is. */
    public enum Status {
        /** As it should be. */
        OK,
        /** It works, and something should be known or done. */
        WARN,
        /** It does not work. */
        FAIL;

        /** As it is printed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String check, String detail) {
        return new Finding(Status.OK, check, detail, "");
    }

    static Finding warn(String check, String detail, String advice) {
        return new Finding(Status.WARN, check, detail, advice);
    }

    static Finding fail(String check, String detail, String advice) {
        return new Finding(Status.FAIL, check, detail, advice);
    }

    /** A configuration that cannot be used. */
    public static Finding unusable(String problem) {
        return fail("configuration", problem, "mend it; \"holdfast config doc\" tells of each setting");
    }
}
