// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.cli.terminal.Table;
import dev.holdfast.gateway.cli.terminal.Words;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trace begin|ls|end}: has all gateways tell their logs what becomes of a client. */
@Command(
        name = "trace",
        description = {
            "Has all gateways tell their logs what becomes of a client, for a while: never payloads or tokens.",
            "Exit code 0 done, 1 not everywhere, 2 wrongly asked, 3 refused, 4 no answer in time."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
public final class TraceCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** Whom it is about: exactly one. */
    static final class Whom {
        @Parameters(paramLabel = "CLIENT", arity = "0..1", description = "The client identifier.")
        @Nullable
        String client;

        @Option(names = "--prefix", paramLabel = "TEXT", description = "All whose client identifiers begin so.")
        @Nullable
        String prefix;
    }

    /** Begins one. */
    @Command(name = "begin", description = "Begins a trace; it ends by itself.", mixinStandardHelpOptions = true)
    int begin(
            @ArgGroup(multiplicity = "1") Whom whom,
            @Option(
                            names = "--for",
                            paramLabel = "TIME",
                            converter = DurationOption.class,
                            defaultValue = "5m",
                            description = "How long, 1h at the most (default ${DEFAULT-VALUE}).")
                    Duration time,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        String prefix = whom.prefix;
        if (prefix != null) {
            body.put("prefix", prefix);
        } else {
            body.put("client", whom.client);
        }
        JsonNode answer = options.client().send("POST", "/traces", body.put("seconds", time.toSeconds()));
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
        } else {
            spec.commandLine()
                    .getOut()
                    .println("trace " + answer.path("id").asText() + " in the logs of "
                            + Words.count(answer.path("gateways").size(), "gateway") + " until "
                            + answer.path("until").asText() + "; look for trace=\""
                            + answer.path("id").asText() + "\"");
        }
        return Silent.tell(answer, spec.commandLine().getErr()) ? CommandFailure.FAILED : ExitCode.OK;
    }

    /** Prints those that have not ended. */
    @Command(name = "ls", description = "Lists the traces that have not ended.", mixinStandardHelpOptions = true)
    int list(@Mixin ApiOptions options) throws CommandFailure, InterruptedException {
        JsonNode answer = options.client().get("/traces");
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
            return ExitCode.OK;
        }
        Instant now = Instant.now();
        Table table = new Table("ID", "CLIENT", ">ENDS IN", ">GATEWAYS");
        for (JsonNode each : answer.path("traces")) {
            String client = each.path("client").isTextual()
                    ? each.path("client").asText()
                    : each.path("prefix").asText() + "...";
            table.row(
                    each.path("id").asText(),
                    client,
                    Words.until(each.path("until").textValue(), now),
                    each.path("gateways").size());
        }
        if (answer.path("traces").isEmpty()) {
            spec.commandLine().getErr().println("none");
        }
        table.print(spec.commandLine().getOut());
        return ExitCode.OK;
    }

    /** Ends one. */
    @Command(name = "end", description = "Ends a trace before its time.", mixinStandardHelpOptions = true)
    int end(
            @Parameters(paramLabel = "ID", description = "As \"trace ls\" calls it.") String id,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        options.client().send("DELETE", "/traces/" + ApiClient.segment(id), null);
        if (options.isJson()) {
            OutputFormat.print(
                    JsonNodeFactory.instance.objectNode().put("id", id).put("ended", true),
                    spec.commandLine().getOut());
        } else {
            spec.commandLine().getOut().println("ended: " + Words.escaped(id));
        }
        return ExitCode.OK;
    }
}
