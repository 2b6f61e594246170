// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

import dev.holdfast.gateway.observe.Metrics;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listener with its thread and what waits for it. */
final class ListenerQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LifecycleListener.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** One that always throws does so for each client that comes and goes. */
    private static final Duration TOLD_EACH = Duration.ofSeconds(1);

    private final LifecycleListener listener;
    private final String name;
    private final Metrics metrics;
    private final Duration patience;
    private final MpscAtomicArrayQueue<LifecycleEvent> waiting;
    private final Thread thread;
    private volatile boolean sleeping;
    private volatile boolean closed;
    private long toldAt = System.nanoTime() - TOLD_EACH.toNanos();
    private long leftOut;

    /**
     * Starts the listener's thread.
     *
     * @param capacity how many events may wait
     * @param patience for how long the last ones are waited for at the end
     */
    ListenerQueue(LifecycleListener listener, int capacity, Duration patience, Metrics metrics) {
        this.listener = listener;
        this.name = listener.getClass().getName();
        this.metrics = metrics;
        metrics.expectListener(name);
        this.patience = patience;
        this.waiting = new MpscAtomicArrayQueue<>(Math.max(2, capacity));
        this.thread = new Thread(this::run, "listener-" + listener.getClass().getSimpleName());
        thread.setDaemon(true);
        thread.start();
    }

    /** Has the listener told, or counts that it is not since too many wait. Any thread; never waits. */
    void offer(LifecycleEvent event) {
        if (!waiting.offer(event)) {
            metrics.listenerDropped(name);
            return;
        }
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (true) {
            LifecycleEvent next = waiting.poll();
            if (next != null) {
                tell(next);
            } else if (closed) {
                return;
            } else {
                sleeping = true;
                if (waiting.isEmpty() && !closed) {
                    LockSupport.parkNanos(this, LOOK.toNanos());
                }
                sleeping = false;
            }
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever foreign code throws stays here
    private void tell(LifecycleEvent event) {
        try {
            listener.on(event);
        } catch (Exception | LinkageError | AssertionError | StackOverflowError failure) {
            metrics.listenerFailed(name);
            long now = System.nanoTime();
            if (now - toldAt < TOLD_EACH.toNanos()) {
                leftOut++;
                return;
            }
            LOG.atWarn()
                    .addKeyValue("listener", name)
                    .addKeyValue("event", event.name())
                    .addKeyValue("client", event.clientId())
                    .addKeyValue("others", leftOut)
                    .setCause(failure)
                    .log("a listener has thrown");
            toldAt = now;
            leftOut = 0;
        }
    }

    /** Tells what waits, for a bounded time, and ends. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(patience.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            int left = waiting.size();
            for (int i = 0; i < left; i++) {
                metrics.listenerDropped(name);
            }
            LOG.atWarn()
                    .addKeyValue("listener", name)
                    .addKeyValue("events", left)
                    .log("a listener has not taken all events");
            thread.interrupt();
        }
    }
}
