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
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sessions ls|inspect|kick|purge|extend|end}: sessions of all gateways, asked of any. */
@Command(
        name = "sessions",
        description = {
            "Looks at the sessions of all gateways, and changes them.",
            "Exit code 0 done, 1 not, 2 wrongly asked, 3 refused (no such session, no token), 4 no answer in time."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
public final class SessionsCommand {
    private static final int LARGEST_PAGE = 1_000;
    private static final String CLIENT = "CLIENT";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** Which state, if one is meant. */
    static final class State {
        @Option(names = "--online", description = "Only those whose client is connected.")
        boolean online;

        @Option(names = "--offline", description = "Only those whose client is away.")
        boolean offline;
    }

    /** Whose connection is closed: exactly one. */
    static final class Whose {
        @Parameters(paramLabel = CLIENT, arity = "0..1", description = "The client identifier.")
        @Nullable
        String client;

        @Option(names = "--principal", paramLabel = "ISSUER|SUBJECT", description = "All connections of a principal.")
        @Nullable
        String principal;
    }

    /** Prints sessions. */
    @Command(name = "ls", description = "Searches sessions.", mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--prefix", paramLabel = "TEXT", description = "The beginning of the client identifier.")
                    @Nullable
                    String prefix,
            @Option(
                            names = "--principal",
                            paramLabel = "ISSUER|SUBJECT",
                            description = "Whose they are, as the column PRINCIPAL has it.")
                    @Nullable
                    String principal,
            @Option(names = "--gateway", paramLabel = "ID", description = "Those that are connected there.") @Nullable
                    String gateway,
            @ArgGroup @Nullable State state,
            @Mixin ListOptions list,
            @Mixin ApiOptions api)
            throws CommandFailure, InterruptedException {
        Map<String, String> parameters = new LinkedHashMap<>();
        put(parameters, "prefix", prefix);
        put(parameters, "principal", principal);
        put(parameters, "gateway", gateway);
        put(parameters, "state", state == null ? null : state.online ? "online" : "offline");
        Table table = new Table(
                CLIENT,
                "STATE",
                ">SINCE",
                ">SUBSCRIPTIONS",
                ">QUEUED",
                ">BYTES",
                ">DROPPED",
                ">ENDS IN",
                "GATEWAY",
                "PRINCIPAL");
        Instant now = Instant.now();
        list.print(
                new Pages(api.client(), "/sessions", "sessions", LARGEST_PAGE),
                parameters,
                spec.commandLine(),
                api.isJson(),
                table,
                each -> table.row(
                        each.path("client").asText(),
                        each.path("online").asBoolean() ? "online" : "offline",
                        Words.age(each.path("since").textValue(), now),
                        each.path("subscriptionCount").asInt(),
                        each.path("queued").asLong(),
                        Words.bytes(each.path("queuedBytes").asLong()),
                        each.path("dropped").asLong(),
                        ends(each, now),
                        each.path("gateway").asText("-"),
                        named(each.path("principal").asText())));
        return CommandLine.ExitCode.OK;
    }

    private static void put(Map<String, String> parameters, String name, @Nullable String value) {
        if (value != null) {
            parameters.put(name, value);
        }
    }

    /** An anonymous client has no name. */
    private static String named(String principal) {
        return principal.isEmpty() ? "-" : principal;
    }

    /** When a session ends by itself: counted from now where its client is away, else from when it goes. */
    private static String ends(JsonNode session, Instant now) {
        if (session.path("endsAt").isTextual()) {
            return Words.until(session.path("endsAt").textValue(), now);
        }
        JsonNode expiry = session.path("expirySeconds");
        if (expiry.isNull()) {
            return "never";
        }
        return expiry.asLong() == 0 ? "with it" : "+" + Words.seconds(expiry.asLong());
    }

    /** Prints all about one. */
    @Command(
            name = "inspect",
            description = "Shows one session in full, with the beginning of its queue.",
            mixinStandardHelpOptions = true)
    int inspect(
            @Parameters(paramLabel = CLIENT, description = "The client identifier.") String client,
            @Option(
                            names = "--queue",
                            paramLabel = "N",
                            defaultValue = "10",
                            description =
                                    "How many messages that wait for it (default ${DEFAULT-VALUE}, at most 1000).")
                    int queued,
            @Option(names = "--payload", description = "With what is in them.") boolean withPayload,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        ApiClient api = options.client();
        String path = "/sessions/" + ApiClient.segment(client);
        JsonNode session = api.get(path);
        JsonNode queue = queued == 0
                ? JsonNodeFactory.instance.objectNode()
                : api.get(path + "/queue?limit=" + queued + "&payload=" + withPayload);
        if (options.isJson()) {
            OutputFormat.print(
                    ((ObjectNode) session).set("queue", queue),
                    spec.commandLine().getOut());
        } else {
            new SessionReport(session, queue, withPayload, Instant.now())
                    .print(spec.commandLine().getOut());
        }
        return CommandLine.ExitCode.OK;
    }

    /** Closes a connection, or all of a principal. */
    @Command(
            name = "kick",
            description = "Closes the connection of a client; its session stays, and it may come back.",
            mixinStandardHelpOptions = true)
    int kick(@ArgGroup(multiplicity = "1") Whose whose, @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        String principal = whose.principal;
        if (principal == null) {
            JsonNode answer = options.client()
                    .send("POST", "/sessions/" + ApiClient.segment(String.valueOf(whose.client)) + "/kick", null);
            String words = answer.path("disconnected").asBoolean()
                    ? "disconnected " + Words.escaped(String.valueOf(whose.client)) + " at gateway "
                            + answer.path("gateway").asText()
                    : "it was gone already";
            return tell(options, answer, words);
        }
        JsonNode answer = options.client()
                .send(
                        "POST",
                        "/principals/disconnect",
                        JsonNodeFactory.instance.objectNode().put("principal", principal));
        int exitCode = tell(
                options,
                answer,
                Words.count(answer.path("disconnected").asLong(), "connection") + " of " + Words.escaped(principal)
                        + " closed");
        return Silent.tell(answer, spec.commandLine().getErr()) ? CommandFailure.FAILED : exitCode;
    }

    /** Empties a queue. */
    @Command(
            name = "purge",
            description = "Empties the queue of a session, but for what may have been sent already.",
            mixinStandardHelpOptions = true)
    int purge(
            @Parameters(paramLabel = CLIENT, description = "The client identifier.") String client,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        JsonNode answer = options.client().send("DELETE", "/sessions/" + ApiClient.segment(client) + "/queue", null);
        return tell(options, answer, Words.count(answer.path("purged").asLong(), "message") + " purged");
    }

    /** Has a session kept for another time. */
    @Command(
            name = "extend",
            description =
                    "Keeps a session for so long: from now if its client is away, else from when it goes. Also shorter.",
            mixinStandardHelpOptions = true)
    int extend(
            @Parameters(index = "0", paramLabel = CLIENT, description = "The client identifier.") String client,
            @Parameters(
                            index = "1",
                            paramLabel = "TIME",
                            converter = DurationOption.class,
                            description = "30s, 5m, 12h, 30d")
                    Duration time,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("expirySeconds", time.toSeconds());
        JsonNode answer = options.client().send("PATCH", "/sessions/" + ApiClient.segment(client), body);
        return tell(options, answer, "kept: ends in " + ends(answer, Instant.now()));
    }

    /** Ends a session. */
    @Command(
            name = "end",
            description = "Ends a session with all that waits for its client, and closes its connection.",
            mixinStandardHelpOptions = true)
    int end(
            @Parameters(paramLabel = CLIENT, description = "The client identifier.") String client,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        options.client().send("DELETE", "/sessions/" + ApiClient.segment(client), null);
        return tell(
                options,
                JsonNodeFactory.instance.objectNode().put("client", client).put("ended", true),
                "ended: " + Words.escaped(client));
    }

    private int tell(ApiOptions options, JsonNode answer, String words) {
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
        } else {
            spec.commandLine().getOut().println(words);
        }
        return CommandLine.ExitCode.OK;
    }
}
