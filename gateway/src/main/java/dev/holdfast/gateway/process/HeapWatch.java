// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;

/**
 * Ends the process when the heap stays full and the collector takes nearly all of the time. An allocation that fails is
 * often caught where nobody can go on and nothing is logged; a heap without room for seconds is seen here.
 */
public final class HeapWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final int PERIODS = 10;
    private static final double FULL = 0.97;
    private static final double COLLECTING = 0.9;

    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final Thread thread = new Thread(this::run, "holdfast-heap-watch");
    private volatile boolean closed;

    private HeapWatch() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Begins to watch, on a thread of its own. */
    public static HeapWatch start() {
        return new HeapWatch();
    }

    private void run() {
        long collected = collectingMillis();
        long looked = System.nanoTime();
        int bad = 0;
        while (!closed) {
            try {
                Thread.sleep(PERIOD.toMillis());
            } catch (InterruptedException e) {
                return;
            }
            long collectedNow = collectingMillis();
            long now = System.nanoTime();
            double share = (collectedNow - collected) * 1e6 / (now - looked);
            collected = collectedNow;
            looked = now;
            bad = share > COLLECTING && isFull() ? bad + 1 : 0;
            if (bad >= PERIODS) {
                OutOfMemory.end();
            }
        }
    }

    private static boolean isFull() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return heap.getMax() > 0 && heap.getUsed() > heap.getMax() * FULL;
    }

    private long collectingMillis() {
        long sum = 0;
        for (GarbageCollectorMXBean collector : collectors) {
            if (!collector.getName().contains("Concurrent")
                    && !collector.getName().contains("Cycles")) {
                sum += Math.max(0, collector.getCollectionTime());
            }
        }
        return sum;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
