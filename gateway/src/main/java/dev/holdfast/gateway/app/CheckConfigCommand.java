// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code holdfast check-config}. Silent when all is well, like a compiler. */
@Command(
        name = "check-config",
        description =
                "Checks the configuration that \"serve\" would use with these flags, and reads the keys and certificates "
                        + "that it names; exit code 2 and one line per problem if it is wrong.",
        mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() throws CommandFailure {
        options.loadToServe();
        return 0;
    }
}
