// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.cli.terminal.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code who TOPIC}: who would get a message. */
@Command(
        name = "who",
        description = {
            "Tells who would get a message on a topic: sessions, and of shared subscriptions the members, of which one gets it.",
            "Exit code 0 done, 1 not or not wholly, 2 wrongly asked, 3 refused, 4 no answer in time."
        },
        mixinStandardHelpOptions = true)
public final class WhoCommand implements Callable<Integer> {
    @Parameters(paramLabel = "TOPIC", description = "A topic name.")
    private String topic = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many of each at the most, 1000 or fewer (default ${DEFAULT-VALUE}).")
    private int limit;

    @Mixin
    private final ApiOptions options = new ApiOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        JsonNode answer = options.client()
                .get("/listeners" + ApiClient.query(Map.of("topic", topic, "limit", Integer.toString(limit))));
        PrintWriter err = spec.commandLine().getErr();
        if (options.isJson()) {
            OutputFormat.print(answer, spec.commandLine().getOut());
        } else {
            Table table = new Table("CLIENT", "STATE", "GATEWAY", ">QOS", "SHARED WITH", "FILTERS");
            answer.path("sessions").forEach(each -> row(table, each, "-"));
            for (JsonNode group : answer.path("shared")) {
                String name = group.path("filter").asText();
                group.path("members").forEach(each -> row(table, each, name));
            }
            table.print(spec.commandLine().getOut());
            answer.path("logs")
                    .forEach(each -> err.println("and whoever reads the log of " + each.asText()
                            + ": \"holdfast sessions inspect ID\" says it of a session"));
            if (answer.path("sessions").isEmpty()
                    && answer.path("shared").isEmpty()
                    && answer.path("logs").isEmpty()) {
                err.println("nobody");
            }
        }
        if (Silent.tell(answer, err)) {
            return CommandFailure.FAILED;
        }
        if (!answer.path("complete").asBoolean()) {
            err.println("there are more (--limit)");
        }
        return ExitCode.OK;
    }

    private static void row(Table table, JsonNode listener, String group) {
        List<String> filters = new ArrayList<>();
        listener.path("filters").forEach(each -> filters.add(each.asText()));
        String gateway = listener.path("gateway").asText("");
        table.row(
                listener.path("client").asText(),
                gateway.isEmpty() ? "offline" : listener.path("kept").asBoolean() ? "online, kept" : "online",
                gateway.isEmpty() ? "-" : gateway,
                listener.path("qos").asInt(),
                group,
                String.join(" ", filters));
    }
}
