// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.process;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when the heap is full. An allocation that fails is often caught where nobody can go on, and nothing is logged;
 * so this thread allocates something as long as a packet whenever the heap looks nearly full. If that fails, though the
 * collector has done all it can, it fails for everybody. A heap that has a little room, for which the collector takes nearly all of
 * the time, ends the process too, after some seconds.
 */
public final class HeapWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final int PERIODS = 10;
    private static final double FULL = 0.95;
    private static final double COLLECTING = 0.8;
    private static final double NEARLY_FULL = 0.9;
    /** As long as a packet may be by default, and no object that a collector treats apart. */
    private static final int PROBE_BYTES = 256 * 1024;

    /** Written so that no compiler leaves the allocation out. */
    @SuppressWarnings("UnusedVariable")
    private static volatile byte @Nullable [] probe;

    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final Thread thread = new Thread(this::run, "holdfast-heap-watch");
    private volatile boolean closed;

    private HeapWatch() {
        rehearse();
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
            double used = usedShare();
            bad = share > COLLECTING && used > FULL ? bad + 1 : 0;
            if (bad >= PERIODS || (used > NEARLY_FULL && !hasRoomForAPacket())) {
                OutOfMemory.end();
            }
        }
    }

    private static boolean hasRoomForAPacket() {
        try {
            allocate(PROBE_BYTES);
            return true;
        } catch (OutOfMemoryError full) {
            return false;
        }
    }

    /** Allocates so much for a moment. */
    private static void allocate(int bytes) {
        probe = new byte[bytes];
        probe = null;
    }

    /**
     * Has a failed allocation be caught once while there is memory: the class that a handler names is loaded when it is first
     * needed, and what nobody has loaded then cannot be.
     */
    private static boolean rehearse() {
        try {
            throw new OutOfMemoryError("a rehearsal");
        } catch (OutOfMemoryError full) {
            return usedShare() >= 0 && hasRoomForAPacket();
        }
    }

    private static double usedShare() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return heap.getMax() > 0 ? (double) heap.getUsed() / heap.getMax() : 0;
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
