// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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

    @Option(
            names = "--online",
            description =
                    "Also asks Redis, as \"serve\" does before it starts, and reads the JWK sets that are named by URL; "
                            + "exit code 1 and one line for each that cannot be reached or refuses.")
    private boolean online;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure {
        HoldfastConfig config = options.loadToServe();
        return online ? OnlineCheck.run(config, spec.commandLine().getErr()) : 0;
    }
}
