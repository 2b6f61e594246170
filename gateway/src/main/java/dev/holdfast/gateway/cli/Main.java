// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.process.JvmSettings;
import dev.holdfast.gateway.process.OutOfMemory;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The program. Exit codes: 0 done, 1 failed, 2 wrongly asked (flags, configuration, or the files that they name); of token
 * commands, 3 refused (the token, or the revocation by the gateway) and 4 not answered in time.
 */
@Command(
        name = "holdfast",
        description = "An MQTT gateway for browsers and phones.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = VersionLine.class)
public final class Main {
    private static final List<Class<?>> COMMANDS = List.of(
            ServeCommand.class,
            CheckConfigCommand.class,
            ConfigCommand.class,
            TokenCommand.class,
            JwksCommand.class,
            VersionCommand.class);

    private Main() {}

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        JvmSettings.apply();
        OutOfMemory.watchThreads();
        int exitCode = commandLine(args).execute(args);
        System.exit(exitCode);
    }

    /**
     * The command line for these arguments. It knows the command that they begin with, and all of them only where none
     * is named: to describe a command takes reflection over its options, which all together is half a second of a start.
     */
    static CommandLine commandLine(String... arguments) {
        CommandLine line = new CommandLine(new Main());
        List<Class<?>> named = COMMANDS.stream()
                .filter(command -> arguments.length > 0
                        && command.getAnnotation(Command.class).name().equals(arguments[0]))
                .toList();
        (named.isEmpty() ? COMMANDS : named).forEach(line::addSubcommand);
        return line.setExecutionExceptionHandler(Main::tell).setUsageHelpAutoWidth(true);
    }

    /** Errors are for people: no stack trace, unless it is a bug and somebody must see where. */
    private static int tell(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        if (failure instanceof CommandFailure told) {
            command.getErr().println(told.getMessage());
            return told.exitCode();
        }
        if (failure instanceof AuthConfigException refused) {
            command.getErr().println("holdfast: " + refused.getMessage());
            return CommandFailure.USAGE;
        }
        command.getErr().println("holdfast: this is a bug, please report it:");
        failure.printStackTrace(command.getErr());
        return CommandLine.ExitCode.SOFTWARE;
    }
}
