// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.cli.terminal.Table;
import dev.holdfast.gateway.cli.terminal.Words;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What a run has found: counts, times, and what has failed. Times and failures may be told on any thread. */
final class Measurement {
    private static final int DIGITS = 3;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};
    private static final double NANOS_PER_MILLI = 1e6;
    private static final int MOST_REASONS = 20;

    private final Map<String, Object> counts = new LinkedHashMap<>();
    private final Map<String, Histogram> times = new LinkedHashMap<>();
    private final Map<String, Long> failures = new TreeMap<>();
    private boolean isGood = true;

    /** A kind of times, to be recorded in nanoseconds; printed in the order in which they are asked for. */
    Histogram times(String name) {
        return times.computeIfAbsent(name, any -> {
            ConcurrentHistogram histogram = new ConcurrentHistogram(1, TimeUnit.MINUTES.toNanos(1), DIGITS);
            histogram.setAutoResize(true);
            return histogram;
        });
    }

    /** Records the time since a moment. */
    static void record(Histogram times, long sinceNanos) {
        times.recordValue(Math.max(1, System.nanoTime() - sinceNanos));
    }

    void count(String name, Object value) {
        counts.put(name, value);
    }

    /** A count that has to be 0. */
    void countFault(String name, long value) {
        counts.put(name, value);
        isGood &= value == 0;
    }

    synchronized void failed(String reason) {
        String key = failures.size() < MOST_REASONS || failures.containsKey(reason) ? reason : "other reasons";
        failures.merge(key, 1L, Long::sum);
    }

    synchronized boolean isGood() {
        return isGood && failures.isEmpty();
    }

    synchronized ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        counts.forEach((name, value) -> {
            if (value instanceof Long number) {
                json.put(name, number);
            } else if (value instanceof Double number) {
                json.put(name, number);
            } else {
                json.put(name, String.valueOf(value));
            }
        });
        ObjectNode all = json.putObject("times");
        times.forEach((name, histogram) -> {
            ObjectNode one = all.putObject(name).put("count", histogram.getTotalCount());
            for (double percentile : PERCENTILES) {
                one.put(
                        "p" + label(percentile).replace(".", "") + "Millis",
                        histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI);
            }
            one.put("maxMillis", histogram.getMaxValue() / NANOS_PER_MILLI);
        });
        ObjectNode reasons = json.putObject("failures");
        failures.forEach(reasons::put);
        return json;
    }

    synchronized void print(PrintWriter out) {
        counts.forEach((name, value) -> out.println(name
                + " ".repeat(Math.max(1, 20 - name.length()))
                + (value instanceof Double number ? String.format(Locale.ROOT, "%.1f", number) : value)));
        Table table = new Table("MILLISECONDS", ">COUNT", ">P50", ">P90", ">P99", ">P99.9", ">P99.99", ">MAX");
        times.forEach((name, histogram) -> table.row(
                name,
                histogram.getTotalCount(),
                Words.millis(histogram.getValueAtPercentile(50)),
                Words.millis(histogram.getValueAtPercentile(90)),
                Words.millis(histogram.getValueAtPercentile(99)),
                Words.millis(histogram.getValueAtPercentile(99.9)),
                Words.millis(histogram.getValueAtPercentile(99.99)),
                Words.millis(histogram.getMaxValue())));
        table.print(out);
        failures.forEach((reason, number) -> out.println("failed " + number + "x: " + Words.escaped(reason)));
        out.flush();
    }

    /** Writes each kind of times as HdrHistogram's tools read it: {@code PREFIX-name.hgrm}, in milliseconds. */
    synchronized void write(Path prefix) throws IOException {
        for (Map.Entry<String, Histogram> each : times.entrySet()) {
            Path file = prefix.resolveSibling(
                    prefix.getFileName() + "-" + each.getKey().replace(' ', '-') + ".hgrm");
            try (PrintStream out = new PrintStream(file.toFile(), StandardCharsets.UTF_8)) {
                each.getValue().outputPercentileDistribution(out, NANOS_PER_MILLI);
            }
        }
    }

    private static String label(double percentile) {
        return percentile == Math.rint(percentile) ? Long.toString((long) percentile) : Double.toString(percentile);
    }
}
