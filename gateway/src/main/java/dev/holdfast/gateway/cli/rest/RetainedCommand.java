// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.Bytes;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.cli.terminal.Table;
import dev.holdfast.gateway.cli.terminal.Words;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code retained ls|show|rm}: retained messages. */
@Command(
        name = "retained",
        description = {
            "Looks at retained messages, and removes them.",
            "Exit code 0 done, 1 not, 2 wrongly asked, 3 refused (no such message, no token), 4 no answer in time."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
public final class RetainedCommand {
    private static final int LARGEST_PAGE = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** Prints those whose topics match. */
    @Command(
            name = "ls",
            description = "Lists retained messages in the order of their topics.",
            mixinStandardHelpOptions = true)
    int list(
            @Parameters(
                            paramLabel = "FILTER",
                            defaultValue = "#",
                            description = "A topic filter (default ${DEFAULT-VALUE}); quote it.")
                    String filter,
            @Mixin ListOptions list,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        Instant now = Instant.now();
        Table table = new Table("TOPIC", ">QOS", ">BYTES", ">AGE", ">EXPIRES IN");
        list.print(
                new Pages(options.client(), "/retained", "retained", LARGEST_PAGE),
                Map.of("filter", filter),
                spec.commandLine(),
                options.isJson(),
                table,
                each -> table.row(
                        each.path("topic").asText(),
                        each.path("qos").asInt(),
                        each.path("bytes").asLong(),
                        Words.age(each.path("arrivedAt").textValue(), now),
                        Words.until(each.path("expiresAt").textValue(), now)));
        return ExitCode.OK;
    }

    /** Prints one with its payload. */
    @Command(
            name = "show",
            description = "Shows the retained message of a topic with what is in it.",
            mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "TOPIC", description = "A topic name.") String topic, @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        JsonNode message = options.client().get(path(topic));
        if (options.isJson()) {
            OutputFormat.print(message, spec.commandLine().getOut());
            return ExitCode.OK;
        }
        Instant now = Instant.now();
        Table table = new Table("TOPIC", ">QOS", ">BYTES", ">AGE", ">EXPIRES IN", "PAYLOAD");
        table.row(
                message.path("topic").asText(),
                message.path("qos").asInt(),
                message.path("bytes").asLong(),
                Words.age(message.path("arrivedAt").textValue(), now),
                Words.until(message.path("expiresAt").textValue(), now),
                Bytes.text(
                        Base64.getDecoder().decode(message.path("payloadBase64").asText())));
        table.print(spec.commandLine().getOut());
        return ExitCode.OK;
    }

    /** Removes some. */
    @Command(
            name = "rm",
            description =
                    "Removes the retained messages of these topics. Goes on where one of them has none (exit code 3).",
            mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Topic names.") List<String> topics,
            @Mixin ApiOptions options)
            throws CommandFailure, InterruptedException {
        ApiClient api = options.client();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode removed = json.putArray("removed");
        int exitCode = ExitCode.OK;
        for (String topic : topics) {
            try {
                api.send("DELETE", path(topic), null);
                removed.add(topic);
                if (!options.isJson()) {
                    spec.commandLine().getOut().println("removed: " + Words.escaped(topic));
                }
            } catch (CommandFailure refused) {
                if (topics.size() == 1 || refused.exitCode() != CommandFailure.REFUSED) {
                    throw refused;
                }
                spec.commandLine().getErr().println(refused.getMessage() + ": " + Words.escaped(topic));
                exitCode = refused.exitCode();
            }
        }
        if (options.isJson()) {
            OutputFormat.print(json, spec.commandLine().getOut());
        }
        return exitCode;
    }

    private static String path(String topic) {
        return "/retained/message" + ApiClient.query(Map.of("topic", topic));
    }
}
