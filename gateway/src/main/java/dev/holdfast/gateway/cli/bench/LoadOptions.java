// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import dev.holdfast.gateway.cli.terminal.DurationOption;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How clients of a run connect, and how its results are told. */
final class LoadOptions {
    @Option(
            names = "--connect-rate",
            paramLabel = "N",
            defaultValue = "200",
            description =
                    "CONNECTs a second (default ${DEFAULT-VALUE}, which is the gateway's own limits.connect-rate).")
    double connectRate = 200;

    @Option(
            names = "--at-once",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Handshakes at the same time, at the most (default ${DEFAULT-VALUE}).")
    int atOnce = 1_000;

    @Option(
            names = "--settle",
            paramLabel = "TIME",
            converter = DurationOption.class,
            defaultValue = "10s",
            description = "How long to wait for what is missing at the end (default ${DEFAULT-VALUE}).")
    Duration settle = Duration.ofSeconds(10);

    @Option(
            names = "--hgrm",
            paramLabel = "PREFIX",
            description = "Also writes each distribution to PREFIX-name.hgrm, for the tools of HdrHistogram.")
    @Nullable
    Path histograms;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            defaultValue = "table",
            description = "table: for people; json: for programs (default ${DEFAULT-VALUE}).")
    OutputFormat output = OutputFormat.TABLE;
}
