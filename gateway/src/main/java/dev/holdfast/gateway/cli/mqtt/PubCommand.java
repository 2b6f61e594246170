// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pub}: publishes as a client does. */
@Command(
        name = "pub",
        description = {
            "Publishes messages over MQTT, as a client does.",
            "Exit code 0 done (at QoS 1 and 2: acknowledged), 1 not, 2 wrongly asked, 3 refused, 4 no answer in time."
        },
        mixinStandardHelpOptions = true)
public final class PubCommand implements Callable<Integer> {

    @Option(
            names = {"-t", "--topic"},
            required = true,
            paramLabel = "TOPIC",
            description = "The topic name.")
    private String topic = "";

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    @Option(
            names = {"-q", "--qos"},
            paramLabel = "0|1|2",
            defaultValue = "1",
            description = "QoS (default ${DEFAULT-VALUE}).")
    private int qos;

    @Option(
            names = {"-r", "--retain"},
            description = "Is retained.")
    private boolean isRetain;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            defaultValue = "table",
            description =
                    "table: silent when all is well; json: how many were published, and to how many nobody has subscribed.")
    private OutputFormat output = OutputFormat.TABLE;

    @Mixin
    private final PropertyOptions properties = new PropertyOptions();

    @Mixin
    private final ClientOptions client = new ClientOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** What is published: exactly one. */
    static final class What {
        @Option(
                names = {"-m", "--message"},
                paramLabel = "TEXT",
                description = "This text.")
        @Nullable
        String text;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "What is in this file.")
        @Nullable
        Path file;

        @Option(
                names = {"-l", "--lines"},
                description = "Each line of standard input, as a message of its own.")
        boolean lines;

        @Option(
                names = {"-n", "--empty"},
                description = "Nothing; with --retain this removes what is retained.")
        boolean empty;
    }

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        if (qos < 0 || qos > 2) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --qos: expected 0, 1 or 2, got " + qos);
        }
        if (topic.isEmpty() || topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "holdfast: --topic: expected a topic name, without + and #, got " + topic);
        }
        Login login = client.login("pub");
        MqttProperties all = properties.read(login.isMqtt5());
        byte[] one = payload();
        int published = 0;
        int unheard = 0;
        try (ClientSession session = ClientSession.open(login, message -> {})) {
            if (one != null) {
                published = 1;
                unheard = publish(session, one, all);
            } else {
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    unheard += publish(session, line.getBytes(StandardCharsets.UTF_8), all);
                    published++;
                }
            }
        } catch (IOException e) {
            throw CommandFailure.failed("standard input cannot be read", e);
        }
        tell(published, unheard);
        return ExitCode.OK;
    }

    /** One payload, or null for lines. */
    private byte @Nullable [] payload() throws CommandFailure {
        if (what.text != null) {
            return what.text.getBytes(StandardCharsets.UTF_8);
        }
        if (what.file == null) {
            return what.lines ? null : new byte[0];
        }
        try {
            return Files.readAllBytes(what.file);
        } catch (IOException e) {
            String why = Files.exists(what.file) ? "cannot be read" : "no such file";
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --file: " + what.file + ": " + why);
        }
    }

    private int publish(ClientSession session, byte[] payload, MqttProperties all)
            throws CommandFailure, InterruptedException {
        int code = session.await(session.connection().publish(new ClientMessage(topic, payload, qos, isRetain, all)));
        return code == ReasonCode.NO_MATCHING_SUBSCRIBERS ? 1 : 0;
    }

    private void tell(int published, int unheard) {
        if (output == OutputFormat.JSON) {
            OutputFormat.print(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("published", published)
                            .put("withoutSubscribers", unheard),
                    spec.commandLine().getOut());
        } else if (unheard > 0) {
            spec.commandLine()
                    .getErr()
                    .println(
                            published == 1
                                    ? "nobody has subscribed to it"
                                    : unheard + " of " + published + " had nobody who has subscribed");
        }
    }
}
