// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import java.util.List;
import java.util.function.BiFunction;

/** One histogram by QoS, summed over the I/O loops when it is scraped. */
final class LoopHistograms implements Collector {
    private final String name;
    private final String help;
    private final int leastQos;
    private final List<PacketCounts> loops;
    private final BiFunction<PacketCounts, Integer, MillisHistogram> which;

    LoopHistograms(
            String name,
            String help,
            int leastQos,
            List<PacketCounts> loops,
            BiFunction<PacketCounts, Integer, MillisHistogram> which) {
        this.name = name;
        this.help = help;
        this.leastQos = leastQos;
        this.loops = loops;
        this.which = which;
    }

    @Override
    public MetricFamilyDescriptor getMetricFamilyDescriptor() {
        return MetricFamilyDescriptor.histogram(name)
                .help(help)
                .labelName("qos")
                .build();
    }

    @Override
    public HistogramSnapshot collect() {
        HistogramSnapshot.Builder snapshot =
                HistogramSnapshot.builder().name(name).help(help);
        for (int qos = leastQos; qos < PacketCounts.QOS_LEVELS; qos++) {
            snapshot.dataPoint(point(qos));
        }
        return snapshot.build();
    }

    private HistogramDataPointSnapshot point(int qos) {
        List<MillisHistogram> all =
                loops.stream().map(loop -> which.apply(loop, qos)).toList();
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < MillisHistogram.buckets(); i++) {
            int bucket = i;
            buckets.bucket(
                    MillisHistogram.bound(bucket),
                    all.stream().mapToLong(each -> each.inBucket(bucket)).sum());
        }
        return HistogramDataPointSnapshot.builder()
                .labels(Labels.of("qos", Integer.toString(qos)))
                .classicHistogramBuckets(buckets.build())
                .sum(all.stream().mapToLong(MillisHistogram::sumMillis).sum() / 1_000.0)
                .build();
    }
}
