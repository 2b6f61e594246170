// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.mqtt.ClientOptions;
import dev.holdfast.gateway.cli.mqtt.Login;
import dev.holdfast.gateway.cli.mqtt.MqttConnection;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench connect|pairs|fanout|offline}: loads a gateway and tells how long things take. */
@Command(
        name = "bench",
        description = {
            "Loads a gateway, and tells how long it takes. All times count from the moment at which something was to begin at the "
                    + "rate that is given, so a gateway that stands still is seen in all that came meanwhile.",
            "Mind the gateway's own limits: limits.connect-rate, limits.message-rate and others; --dev has none.",
            "Exit code 0 nothing failed or got lost, 1 something did, 2 wrongly asked."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
public final class BenchCommand {
    private static final double LEAST_RATE = 0.001;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec spec;

    /** A run. */
    @FunctionalInterface
    private interface Run {
        void run(BenchClients clients, Login login, Measurement measurement) throws InterruptedException;
    }

    /** How long CONNECT takes. */
    @Command(
            name = "connect",
            description = "Connects clients and keeps them for a while: how long until CONNACK.",
            mixinStandardHelpOptions = true)
    int connect(
            @Option(
                            names = {"-n", "--clients"},
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "How many (default ${DEFAULT-VALUE}).")
                    int count,
            @Option(
                            names = "--hold",
                            paramLabel = "TIME",
                            converter = DurationOption.class,
                            defaultValue = "0s",
                            description = "How long they stay when all are there (default ${DEFAULT-VALUE}).")
                    Duration hold,
            @Mixin LoadOptions load,
            @Mixin ClientOptions client)
            throws CommandFailure, InterruptedException {
        atLeast("--clients", count, 1);
        return run(load, client, (clients, login, measurement) -> {
            long begin = System.nanoTime();
            List<MqttConnection> all = clients.connect(
                    count,
                    measurement.times("connect"),
                    number -> login.as(login.clientId() + "-" + number),
                    number -> any -> {});
            double seconds = (System.nanoTime() - begin) / 1e9;
            measurement.count("connected", (long) all.size());
            measurement.count("connected a second", all.size() / seconds);
            Thread.sleep(hold.toMillis());
            if (!hold.isZero()) {
                measurement.countFault(
                        "lost while held",
                        all.stream().filter(each -> each.ended().isDone()).count());
            }
            BenchClients.disconnect(all);
        });
    }

    /** How long messages take from one to one. */
    @Command(
            name = "pairs",
            description =
                    "Publishers, each with one subscriber: how long until it has the message, and until the acknowledgement.",
            mixinStandardHelpOptions = true)
    int pairs(
            @Option(
                            names = {"-n", "--pairs"},
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "How many (default ${DEFAULT-VALUE}).")
                    int count,
            @Mixin MessageOptions messages,
            @Mixin LoadOptions load,
            @Mixin ClientOptions client)
            throws CommandFailure, InterruptedException {
        atLeast("--pairs", count, 1);
        messages.check();
        return run(
                load,
                client,
                (clients, login, measurement) -> new Traffic(
                                messages.shape(login.clientId(), count, 1), clients, measurement)
                        .run(login, load.settle));
    }

    /** How long messages take from one to many. */
    @Command(
            name = "fanout",
            description = "One publisher and many subscribers: how long until each of them has the message.",
            mixinStandardHelpOptions = true)
    int fanout(
            @Option(
                            names = {"-n", "--subscribers"},
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "How many (default ${DEFAULT-VALUE}).")
                    int count,
            @Mixin MessageOptions messages,
            @Mixin LoadOptions load,
            @Mixin ClientOptions client)
            throws CommandFailure, InterruptedException {
        atLeast("--subscribers", count, 1);
        messages.check();
        return run(
                load,
                client,
                (clients, login, measurement) -> new Traffic(
                                messages.shape(login.clientId(), 1, count), clients, measurement)
                        .run(login, load.settle));
    }

    /** How long it takes to come back to what has waited. */
    @Command(
            name = "offline",
            description = {
                "Clients that go, get messages while they are away, and come back: how long until a message is acknowledged, until "
                        + "a client is connected again, and until it has all.",
                "The sessions are ended afterwards. Mind session.max-queue-messages."
            },
            mixinStandardHelpOptions = true)
    int offline(
            @Option(
                            names = {"-n", "--sessions"},
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "How many (default ${DEFAULT-VALUE}).")
                    int count,
            @Option(
                            names = "--messages",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "How many for each (default ${DEFAULT-VALUE}).")
                    int each,
            @Mixin MessageOptions messages,
            @Mixin LoadOptions load,
            @Mixin ClientOptions client)
            throws CommandFailure, InterruptedException {
        atLeast("--sessions", count, 1);
        atLeast("--messages", each, 1);
        atLeast("--qos", messages.qos, 1);
        messages.check();
        return run(
                load,
                client,
                (clients, login, measurement) -> new Return(
                                new Return.Shape(
                                        login.clientId(),
                                        count,
                                        each,
                                        messages.rate,
                                        messages.qos,
                                        messages.size,
                                        Duration.ofHours(1)),
                                clients,
                                measurement)
                        .run(login, load.settle));
    }

    private int run(LoadOptions load, ClientOptions client, Run run) throws CommandFailure, InterruptedException {
        if (!(load.connectRate >= LEAST_RATE)) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --connect-rate: expected more than 0");
        }
        atLeast("--at-once", load.atOnce, 1);
        Measurement measurement = new Measurement();
        Login login = client.login("bench");
        try (BenchClients clients = new BenchClients(measurement, load.connectRate, load.atOnce)) {
            run.run(clients, login, measurement);
        }
        if (load.output == OutputFormat.JSON) {
            OutputFormat.print(measurement.json(), spec.commandLine().getOut());
        } else {
            measurement.print(spec.commandLine().getOut());
        }
        if (load.histograms != null) {
            try {
                measurement.write(load.histograms);
            } catch (IOException e) {
                throw CommandFailure.failed("--hgrm: cannot be written", e);
            }
        }
        return measurement.isGood() ? ExitCode.OK : CommandFailure.FAILED;
    }

    private static void atLeast(String flag, int value, int least) throws CommandFailure {
        if (value < least) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "holdfast: " + flag + ": expected " + least + " or more, got " + value);
        }
    }
}
