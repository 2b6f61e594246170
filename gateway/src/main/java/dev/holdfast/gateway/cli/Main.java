// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.cli.bench.BenchCommand;
import dev.holdfast.gateway.cli.mqtt.PubCommand;
import dev.holdfast.gateway.cli.mqtt.SubCommand;
import dev.holdfast.gateway.cli.rest.GatewaysCommand;
import dev.holdfast.gateway.cli.rest.RetainedCommand;
import dev.holdfast.gateway.cli.rest.SessionsCommand;
import dev.holdfast.gateway.cli.rest.TraceCommand;
import dev.holdfast.gateway.cli.rest.WhoCommand;
import dev.holdfast.gateway.process.JvmSettings;
import dev.holdfast.gateway.process.OutOfMemory;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program. Exit codes: 0 done, 1 failed, 2 wrongly asked (flags, configuration, or the files that they name), 3 refused (a
 * token that was checked, or by the gateway that was asked) and 4 not answered in time.
 */
@Command(
        name = "holdfast",
        description = "An MQTT gateway for browsers and phones.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = VersionLine.class)
public final class Main {
    private static final List<String> COMMANDS = List.of(
            "serve",
            "check-config",
            "config",
            "doctor",
            "gateways",
            "sessions",
            "retained",
            "who",
            "trace",
            "pub",
            "sub",
            "bench",
            "token",
            "jwks",
            "completion",
            "version");

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
        boolean isNamed = arguments.length > 0 && COMMANDS.contains(arguments[0]);
        (isNamed ? List.of(arguments[0]) : COMMANDS).forEach(name -> line.addSubcommand(command(name)));
        return line.setExecutionExceptionHandler(Main::tell)
                .setParameterExceptionHandler(Main::tellWrongUse)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** The class of a command; a class that is not asked for is not loaded. */
    private static Class<?> command(String name) {
        return switch (name) {
            case "serve" -> ServeCommand.class;
            case "check-config" -> CheckConfigCommand.class;
            case "config" -> ConfigCommand.class;
            case "doctor" -> DoctorCommand.class;
            case "gateways" -> GatewaysCommand.class;
            case "sessions" -> SessionsCommand.class;
            case "retained" -> RetainedCommand.class;
            case "who" -> WhoCommand.class;
            case "trace" -> TraceCommand.class;
            case "pub" -> PubCommand.class;
            case "sub" -> SubCommand.class;
            case "bench" -> BenchCommand.class;
            case "token" -> TokenCommand.class;
            case "jwks" -> JwksCommand.class;
            case "completion" -> CompletionCommand.class;
            case "version" -> VersionCommand.class;
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** What is wrong, what may have been meant, and where the flags are explained: all of them here would hide it. */
    private static int tellWrongUse(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("holdfast: " + wrong.getMessage());
        boolean isSuggested = UnmatchedArgumentException.printSuggestions(wrong, err);
        if (!isSuggested && !command.getSubcommands().isEmpty()) {
            command.usage(err); // which lists the commands that there are
        } else {
            err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return CommandFailure.USAGE;
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
