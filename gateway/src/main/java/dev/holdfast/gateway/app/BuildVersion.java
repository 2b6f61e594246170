// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import org.jspecify.annotations.Nullable;

/** The build that runs, as the manifest of the jar names it. */
public final class BuildVersion {
    private BuildVersion() {}

    /** The version, or {@code unpackaged} when the classes do not come from the jar. */
    public static String number() {
        @Nullable String number = BuildVersion.class.getPackage().getImplementationVersion();
        return number == null ? "unpackaged" : number;
    }
}
