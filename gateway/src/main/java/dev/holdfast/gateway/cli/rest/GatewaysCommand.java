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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gateways ls|drain|reload|rebalance}: all gateways that share a store. */
@Command(
        name = "gateways",
        description = {
            "Looks at the gateways that share a store, and gives them orders.",
            "Exit code 0 done, 1 not, 2 wrongly asked, 3 refused (no such gateway, no token), 4 no answer in time."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
public final class GatewaysCommand {
    private static final String ID = "ID";
    private static final String MEANT = "The gateway, as \"gateways ls\" calls it; self for the one that is asked.";
    private static final long BETWEEN_LOOKS_MILLIS = 500;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** Prints them all. */
    @Command(
            name = "ls",
            description =
                    "Lists the gateways: ready or why not, version, connections, load. An asterisk is at the one that "
                            + "was asked. Exit code 1 if one of them is not ready or does not answer.",
            mixinStandardHelpOptions = true)
    int list(@Mixin ApiOptions options) throws CommandFailure, InterruptedException {
        JsonNode answer = options.client().get("/gateways");
        boolean isWell = true;
        for (JsonNode each : answer.path("gateways")) {
            isWell &= each.path("ready").asBoolean();
        }
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
        } else {
            print(answer);
        }
        return isWell ? ExitCode.OK : CommandFailure.FAILED;
    }

    private void print(JsonNode answer) {
        Instant now = Instant.now();
        Table table = new Table(ID, "VERSION", ">UP", ">CONNECTIONS", ">SESSIONS", ">LOAD", ">HEAP", ">LAG", "READY");
        for (JsonNode each : answer.path("gateways")) {
            String id = each.path("id").asText();
            String self = answer.path("self").asText().equals(id) ? "*" : "";
            if (!each.path("answers").asBoolean()) {
                table.row(id + self, "-", "-", "-", "-", "-", "-", "-", "does not answer");
                continue;
            }
            table.row(
                    id + self,
                    each.path("version").asText(),
                    Words.age(each.path("startedAt").textValue(), now),
                    each.path("connections").asLong(),
                    each.path("sessionsKnown").asLong(),
                    String.format(
                            Locale.ROOT,
                            "%.2f of %d",
                            each.path("loadAverage").asDouble(),
                            each.path("processors").asInt()),
                    Words.bytes(each.path("heapUsedBytes").asLong()) + " of "
                            + Words.bytes(each.path("heapMaxBytes").asLong()),
                    each.path("ioLagMillis").asLong() + "ms",
                    each.path("ready").asBoolean() ? "yes" : "no: " + why(each.path("checks")));
        }
        table.print(spec.commandLine().getOut());
    }

    private static String why(JsonNode checks) {
        List<String> why = new ArrayList<>();
        checks.properties().forEach(check -> {
            if (!check.getValue().path("ok").asBoolean(true)) {
                why.add(check.getKey() + " " + check.getValue().path("why").asText());
            }
        });
        return why.isEmpty() ? "it does not say why" : String.join(", ", why);
    }

    /** Empties one. */
    @Command(
            name = "drain",
            description = {
                "Empties a gateway as SIGTERM does: not ready, no new connections, its clients moved off one after the other, "
                        + "their sessions kept. The process lives on until it is stopped.",
                "With --wait it comes back when the last client has gone."
            },
            mixinStandardHelpOptions = true)
    int drain(
            @Parameters(paramLabel = ID, description = MEANT) String id,
            @Option(names = "--wait", description = "Until nobody is connected there any more.") boolean wait,
            @Option(
                            names = "--wait-at-most",
                            paramLabel = "TIME",
                            converter = DurationOption.class,
                            defaultValue = "2m",
                            description = "How long --wait waits (default ${DEFAULT-VALUE}); then exit code 4.")
                    Duration longest,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        ApiClient api = options.client();
        JsonNode answer = api.send("POST", "/gateways/" + ApiClient.segment(id) + "/drain", null);
        String gateway = answer.path("gateway").asText();
        if (!options.isJson()) {
            spec.commandLine()
                    .getOut()
                    .println("draining gateway " + Words.escaped(gateway) + ": "
                            + Words.count(answer.path("connections").asLong(), "connection"));
            spec.commandLine().getOut().flush();
        }
        if (wait) {
            await(api, gateway, longest);
        }
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
        } else if (wait) {
            spec.commandLine().getOut().println("empty");
        }
        return ExitCode.OK;
    }

    private static void await(ApiClient api, String gateway, Duration longest)
            throws CommandFailure, InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        long left = 1;
        while (left > 0) {
            if (System.nanoTime() - until > 0) {
                throw new CommandFailure(
                        CommandFailure.TIMED_OUT,
                        "holdfast: " + Words.count(left, "client") + " still there after " + Words.duration(longest)
                                + " (--wait-at-most)");
            }
            Thread.sleep(BETWEEN_LOOKS_MILLIS);
            left = connections(api.get("/gateways"), gateway, left);
        }
    }

    /** How many clients a gateway has; as many as before if it does not answer just now. */
    private static long connections(JsonNode answer, String gateway, long before) {
        for (JsonNode each : answer.path("gateways")) {
            if (each.path("id").asText().equals(gateway)) {
                return each.path("answers").asBoolean()
                        ? each.path("connections").asLong()
                        : before;
            }
        }
        return 0; // it has left
    }

    /** Has one read its configuration again. */
    @Command(
            name = "reload",
            description =
                    "Has a gateway read its configuration again, as SIGHUP does; says what has changed and what needs a "
                            + "restart. A configuration that cannot be used changes nothing: exit code 3 and its problems.",
            mixinStandardHelpOptions = true)
    int reload(@Parameters(paramLabel = ID, description = MEANT) String id, @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        JsonNode answer = options.client().send("POST", "/gateways/" + ApiClient.segment(id) + "/reload", null);
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
            return ExitCode.OK;
        }
        spec.commandLine().getOut().println("changed: " + list(answer.path("applied"), "nothing"));
        String restart = list(answer.path("needRestart"), null);
        if (restart != null) {
            spec.commandLine().getOut().println("needs a restart: " + restart);
        }
        return ExitCode.OK;
    }

    /** Evens out their connections. */
    @Command(
            name = "rebalance",
            description =
                    "Has each gateway that is ready and has more clients than its share move the others off, slowly. They "
                            + "come back by way of the balancer, and their sessions are kept; asked once more it evens out what is left.",
            mixinStandardHelpOptions = true)
    int rebalance(
            @Option(
                            names = "--per-second",
                            paramLabel = "N",
                            defaultValue = "10",
                            description =
                                    "How many each gateway moves off in a second, 1 to 1000 (default ${DEFAULT-VALUE}).")
                    int perSecond,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        ObjectNode order = JsonNodeFactory.instance.objectNode().put("perSecond", perSecond);
        JsonNode answer = options.client().send("POST", "/gateways/rebalance", order);
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
            return ExitCode.OK;
        }
        Table table = new Table(ID, ">CONNECTIONS", ">MOVES OFF");
        for (JsonNode each : answer.path("gateways")) {
            table.row(
                    each.path("id").asText(),
                    each.path("connections").asLong(),
                    each.path("moves").asLong());
        }
        table.print(spec.commandLine().getOut());
        return ExitCode.OK;
    }

    private static @Nullable String list(JsonNode names, @Nullable String ifEmpty) {
        List<String> all = new ArrayList<>();
        names.forEach(each -> all.add(Words.escaped(each.asText())));
        return all.isEmpty() ? ifEmpty : String.join(", ", all);
    }
}
