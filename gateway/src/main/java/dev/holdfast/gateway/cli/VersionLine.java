// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.BuildVersion;
import picocli.CommandLine.IVersionProvider;

/** The line that {@code --version} and {@code holdfast version} print. */
final class VersionLine implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"holdfast " + BuildVersion.number() + " on Java " + Runtime.version()};
    }
}
