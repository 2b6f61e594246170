// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.codec.PacketDecoder;
import dev.holdfast.gateway.codec.PacketEncoder;
import dev.holdfast.gateway.codec.PublishView;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.transport.IoLoop;
import dev.holdfast.store.MessageId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** What all connections of one I/O loop share: the codec's objects, the encoded publications, message ids. */
public final class LoopTools {
    private static final Duration STEP = Duration.ofMillis(20);

    final PacketDecoder decoder = new PacketDecoder();
    final PacketEncoder encoder = new PacketEncoder();
    final PublishView publish = new PublishView();
    final EncodedPublications publications = new EncodedPublications();
    private final SessionThread thread;
    private final List<Connection> throttled = new ArrayList<>();
    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
    private final ArrayDeque<PublishHandler.Arrived> arrived = new ArrayDeque<>();
    private final Runnable dealWithArrived = this::dealWithArrived;
    private final long origin;
    private long messages;

    /**
     * The tools of one loop.
     *
     * @param origin what this process drew at random when it started
     */
    public LoopTools(IoLoop loop, long origin) {
        this.thread = new LoopThread(loop);
        this.origin = origin;
        this.messages = (long) loop.index() << 48;
        loop.every(STEP, this::releaseThrottled);
        loop.every(STEP, this::runDue);
    }

    /** The loop as sessions see it. */
    public SessionThread thread() {
        return thread;
    }

    MessageId nextMessageId() {
        return new MessageId(origin, ++messages);
    }

    /** Keeps a PUBLISH until the other packets of this turn have been handled. */
    void arrived(PublishHandler.Arrived publish) {
        if (arrived.isEmpty()) {
            thread.execute(dealWithArrived);
        }
        arrived.add(publish);
        publish.connection().publishesWaiting(1);
    }

    /** Deals with every PUBLISH that waits, in the order in which they were read. */
    void dealWithArrived() {
        for (PublishHandler.Arrived next = arrived.poll(); next != null; next = arrived.poll()) {
            next.connection().publishesWaiting(-1);
            next.connection().guard(next);
        }
    }

    /** What is to be done at a time, as {@link System#nanoTime()}. */
    private record Waiting(long dueNanos, Runnable task) implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            return Long.signum(dueNanos - other.dueNanos);
        }
    }

    /** Runs a task on this loop at a time, as {@link System#nanoTime()}; a little late at the worst. */
    void later(long dueNanos, Runnable task) {
        waiting.add(new Waiting(dueNanos, task));
    }

    private void runDue() {
        long now = System.nanoTime();
        for (Waiting next = waiting.peek(); next != null && next.dueNanos - now <= 0; next = waiting.peek()) {
            waiting.remove();
            next.task.run();
        }
    }

    /** Lets a connection go on once its rate allows it. */
    void throttle(Connection connection) {
        throttled.add(connection);
    }

    private void releaseThrottled() {
        if (!throttled.isEmpty()) {
            long now = System.nanoTime();
            List<Connection> ready =
                    throttled.stream().filter(each -> each.mayGoOn(now)).toList();
            throttled.removeAll(ready);
            ready.forEach(each -> each.goOn(Connection.THROTTLED));
        }
    }
}
