// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * How long operations of the store took, one histogram for each {@link TimedOperation}. From any thread.
 *
 * <p>Each message for a kept session counts here. A timer of Micrometer keeps a maximum and a time window besides, which took 1.7 % of
 * the CPU of that path (MEASUREMENTS.md).
 */
final class StoreTimes implements Collector {
    /** Upper bounds, inclusive; behind them stands the bucket for all that took longer. */
    private static final long[] BOUNDS_NANOS = {1_000_000, 5_000_000, 20_000_000, 100_000_000, 1_000_000_000};

    private final String name;
    private final String help;
    private final Map<TimedOperation, Times> byOperation = new EnumMap<>(TimedOperation.class);

    StoreTimes(String name, String help) {
        this.name = name;
        this.help = help;
        for (TimedOperation operation : TimedOperation.values()) {
            byOperation.put(operation, new Times());
        }
    }

    /** Counts an operation that took so long. */
    void count(TimedOperation operation, long nanos) {
        Objects.requireNonNull(byOperation.get(operation)).count(nanos);
    }

    @Override
    public MetricFamilyDescriptor getMetricFamilyDescriptor() {
        return MetricFamilyDescriptor.histogram(name).help(help).labelName("op").build();
    }

    @Override
    public HistogramSnapshot collect() {
        HistogramSnapshot.Builder snapshot =
                HistogramSnapshot.builder().name(name).help(help);
        byOperation.forEach((operation, times) -> snapshot.dataPoint(times.at(operation)));
        return snapshot.build();
    }

    private static final class Times {
        private final LongAdder[] buckets =
                Stream.generate(LongAdder::new).limit(BOUNDS_NANOS.length + 1L).toArray(LongAdder[]::new);
        private final LongAdder sumNanos = new LongAdder();

        void count(long nanos) {
            int bucket = 0;
            while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
                bucket++;
            }
            buckets[bucket].increment();
            sumNanos.add(nanos);
        }

        HistogramDataPointSnapshot at(TimedOperation operation) {
            ClassicHistogramBuckets.Builder counted = ClassicHistogramBuckets.builder();
            for (int i = 0; i < buckets.length; i++) {
                double bound = i < BOUNDS_NANOS.length ? BOUNDS_NANOS[i] / 1e9 : Double.POSITIVE_INFINITY;
                counted.bucket(bound, buckets[i].sum());
            }
            return HistogramDataPointSnapshot.builder()
                    .labels(Labels.of("op", operation.name().toLowerCase(Locale.ROOT)))
                    .classicHistogramBuckets(counted.build())
                    .sum(sumNanos.sum() / 1e9)
                    .build();
        }
    }
}
