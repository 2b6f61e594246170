// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** Which build this is, as the jar's manifest says. */
final class Version implements IVersionProvider {
    /** The version, or {@code unpackaged} when the classes do not come from the jar. */
    static String number() {
        @Nullable String number = Version.class.getPackage().getImplementationVersion();
        return number == null ? "unpackaged" : number;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"holdfast " + number() + " on Java " + Runtime.version()};
    }
}
