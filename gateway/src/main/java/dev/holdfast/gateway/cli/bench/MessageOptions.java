// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Which messages a run sends, and how many. */
final class MessageOptions {
    private static final double LEAST_RATE = 0.001;
    private static final int LARGEST = 16 << 20;

    @Option(
            names = {"-r", "--rate"},
            paramLabel = "N",
            defaultValue = "1000",
            description = "Messages a second that are published, all together (default ${DEFAULT-VALUE}).")
    double rate = 1_000;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            converter = DurationOption.class,
            defaultValue = "10s",
            description = "How long, of pairs and fanout (default ${DEFAULT-VALUE}).")
    Duration duration = Duration.ofSeconds(10);

    @Option(
            names = {"-q", "--qos"},
            paramLabel = "0|1|2",
            defaultValue = "1",
            description = "QoS (default ${DEFAULT-VALUE}).")
    int qos = 1;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            defaultValue = "64",
            description = "Bytes of a payload, 24 or more (default ${DEFAULT-VALUE}).")
    int size = 64;

    void check() throws CommandFailure {
        if (!(rate >= LEAST_RATE)) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --rate: expected more than 0");
        }
        if (qos < 0 || qos > 2) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --qos: expected 0, 1 or 2, got " + qos);
        }
        if (size < Stamp.BYTES || size > LARGEST) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "holdfast: --size: expected " + Stamp.BYTES + " to " + LARGEST + ", got " + size);
        }
    }

    Traffic.Shape shape(String prefix, int topics, int subscribers) {
        return new Traffic.Shape(prefix, topics, subscribers, rate, duration, qos, size);
    }
}
