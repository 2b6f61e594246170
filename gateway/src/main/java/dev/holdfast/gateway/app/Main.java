// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.auth.AuthConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program. Exit codes: 0 done, 1 failed, 2 wrongly asked (flags or configuration). */
@Command(
        name = "holdfast",
        description = "An MQTT gateway for browsers and phones.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            ServeCommand.class,
            CheckConfigCommand.class,
            ConfigCommand.class,
            TokenCommand.class,
            JwksCommand.class,
            VersionCommand.class
        })
public final class Main {
    private Main() {}

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        JvmSettings.apply();
        int exitCode = commandLine().execute(args);
        System.exit(exitCode);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(Main::tell)
                .setUsageHelpAutoWidth(true);
    }

    /** Errors are for people: no stack trace, unless it is a bug and somebody must see where. */
    private static int tell(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        if (failure instanceof CommandFailure told) {
            command.getErr().println(told.getMessage());
            return told.exitCode();
        }
        if (failure instanceof AuthConfigException refused) {
            command.getErr().println("holdfast: " + refused.getMessage());
            return CommandFailure.FAILED;
        }
        command.getErr().println("holdfast: this is a bug, please report it:");
        failure.printStackTrace(command.getErr());
        return CommandLine.ExitCode.SOFTWARE;
    }
}
