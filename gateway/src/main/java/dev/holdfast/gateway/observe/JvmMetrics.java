// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;

/**
 * The JVM and the process: heap, collections, threads, CPU, file descriptors, uptime; named as Micrometer names them, but
 * for two names that Prometheus does not like.
 */
public final class JvmMetrics implements AutoCloseable {
    private static final String CPU_NANOS = "process.cpu.time";
    private static final String CPUS = "system.cpu.count";
    private static final double NANOS_PER_SECOND = 1e9;

    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** Registers them. Before any other meter, since it brings rules of naming. */
    public JvmMetrics(MeterRegistry registry) {
        registry.config().meterFilter(MeterFilter.denyNameStartsWith(CPU_NANOS)).meterFilter(new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                return id.getName().equals(CPUS) ? id.withName("system.cpus") : id;
            }
        });
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
        ProcessHandle self = ProcessHandle.current();
        FunctionCounter.builder(
                        "process.cpu",
                        self,
                        process -> process.info()
                                .totalCpuDuration()
                                .map(spent -> spent.toNanos() / NANOS_PER_SECOND)
                                .orElse(0.0))
                .description("CPU time of the process")
                .baseUnit("seconds")
                .register(registry);
    }

    /** Stops listening to the garbage collector. */
    @Override
    public void close() {
        collections.close();
    }
}
