// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.trace;

import dev.holdfast.gateway.trace.ClientTrace.Event;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The traces of one gateway. Any thread. Lines are written by a thread of their own, which ends when there is nothing to write; what
 * comes faster than it writes, or than {@value #MOST_A_SECOND} lines a second, is counted and not told.
 */
public final class Traces {
    /** Each costs every CONNECT a comparison. */
    public static final int MOST = 16;

    private static final Logger LOG = LoggerFactory.getLogger("dev.holdfast.trace");
    private static final int MOST_WAITING = 4_096;
    private static final int MOST_A_SECOND = 1_000;

    private final InstantSource clock;
    private final LongAdder leftOut = new LongAdder();
    private final ThreadPoolExecutor writer;
    private volatile List<Trace> all = List.of();

    // of the writer
    private long secondBegan = System.nanoTime();
    private int writtenInSecond;

    /** No traces yet. */
    public Traces(InstantSource clock) {
        this.clock = clock;
        writer = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
            Thread thread = new Thread(task, "holdfast-trace");
            thread.setDaemon(true);
            return thread;
        });
        writer.allowCoreThreadTimeOut(true);
    }

    /**
     * Begins a trace; connections that are there are to be told.
     *
     * @return false if there are as many as there may be
     */
    public synchronized boolean begin(Trace trace) {
        List<Trace> next = living();
        if (next.size() >= MOST) {
            return false;
        }
        next.add(trace);
        all = List.copyOf(next);
        LOG.atInfo()
                .addKeyValue("trace", trace.id())
                .addKeyValue(trace.isPrefix() ? "prefix" : "client", trace.client())
                .addKeyValue("until", trace.until())
                .log("Trace begins");
        return true;
    }

    /** Ends a trace before its time; whether it was there. */
    public synchronized boolean end(String id) {
        List<Trace> next = living();
        boolean was = next.removeIf(each -> each.id().equals(id));
        all = List.copyOf(next);
        if (was) {
            LOG.atInfo().addKeyValue("trace", id).log("Trace ended");
        }
        return was;
    }

    /** Whether there may be traces: while there are none, no client has one. */
    public boolean areSome() {
        return !all.isEmpty();
    }

    /** Those that have not ended. */
    public List<Trace> list() {
        return living();
    }

    private List<Trace> living() {
        Instant now = clock.instant();
        List<Trace> living = new ArrayList<>(all);
        living.removeIf(each -> !now.isBefore(each.until()));
        return living;
    }

    /** The trace that a connection is told of by, or null: as a rule a look at an empty list. */
    public @Nullable ClientTrace of(String clientId, String peer) {
        List<Trace> now = all;
        for (Trace each : now) {
            if (each.isAbout(clientId) && isOn(each)) {
                return new ClientTrace(this, each, clientId, peer);
            }
        }
        return null;
    }

    boolean isOn(Trace trace) {
        return clock.instant().isBefore(trace.until()) && all.contains(trace);
    }

    void tell(Event event) {
        try {
            writer.execute(() -> write(event));
        } catch (RejectedExecutionException tooFast) {
            leftOut.increment();
        }
    }

    private void write(Event event) {
        long now = System.nanoTime();
        if (now - secondBegan > TimeUnit.SECONDS.toNanos(1)) {
            secondBegan = now;
            writtenInSecond = 0;
            long more = leftOut.sumThenReset();
            if (more > 0) {
                LOG.atInfo().addKeyValue("count", more).log("more has happened to traced clients than is told");
            }
        }
        if (writtenInSecond++ >= MOST_A_SECOND) {
            leftOut.increment();
            return;
        }
        LoggingEventBuilder line = LOG.atInfo()
                .addKeyValue("trace", event.trace().id())
                .addKeyValue("client", event.clientId())
                .addKeyValue("peer", event.peer());
        @Nullable Object[] details = event.details();
        for (int i = 0; i + 1 < details.length; i += 2) {
            Object value = details[i + 1];
            if (value != null) {
                line = line.addKeyValue(String.valueOf(details[i]), value);
            }
        }
        line.log(event.what());
    }
}
