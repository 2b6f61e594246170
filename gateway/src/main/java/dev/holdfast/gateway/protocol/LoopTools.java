// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Timers;
import dev.holdfast.gateway.codec.AckView;
import dev.holdfast.gateway.codec.PacketDecoder;
import dev.holdfast.gateway.codec.PacketEncoder;
import dev.holdfast.gateway.codec.PublishView;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.PacketCounts;
import dev.holdfast.gateway.protocol.rules.EncodedPublications;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.transport.Loop;
import dev.holdfast.store.MessageId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** What all connections of one I/O loop share: the codec's objects, the encoded publications, message ids. */
public final class LoopTools {
    private static final Duration STEP = Duration.ofMillis(20);
    private static final Duration HEARTBEAT = Duration.ofMillis(250);
    /** From this time without a turn on, the gateway counts as having stood still: longer than a garbage collection, shorter than a client waits before it goes elsewhere. */
    private static final long STOOD_STILL_NANOS = 1_000_000_000L;

    private static final int MOST_HELD = 10_000;
    /**
     * For how long PUBLISH packets that have been read are dealt with before the sockets are looked at again: what is sent in that
     * time leaves in one write to each client, and whoever else is on this loop waits for it.
     */
    private static final long DEALING_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /** A power of two. */
    private static final int DEALT_WITH_BETWEEN_CLOCK_LOOKS = 16;

    private static final int MOST_LATE_BYTES = 16 * 1024 * 1024;
    /** How many bits of a message number count messages; the bits above them are the number of the loop. */
    private static final int MESSAGES_BITS = 40;

    final PacketDecoder decoder = new PacketDecoder();
    final PacketEncoder encoder = new PacketEncoder();
    final PublishView publish = new PublishView();
    final AckView ack = new AckView();
    final EncodedPublications publications = new EncodedPublications();
    final PacketCounts packets;
    private final Loop loop;
    private final SessionThread thread;
    private final List<Pacing> throttled = new ArrayList<>();
    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
    private final ArrayDeque<PublishHandler.Arrived> arrived = new ArrayDeque<>();
    private final Runnable dealWithArrived = this::dealWithArrived;
    private final long origin;
    private long messages;
    private volatile Neighbours neighbours = Neighbours.NONE;
    private boolean stepping;
    private long movedAtNanos;
    private boolean catchingUp;
    private int lateBytes;
    /** Whether {@link #dealWithArrived} is to come: one at a time, or a turn would deal with several parts. */
    private boolean isDealingDue;

    /**
     * The tools of one loop.
     *
     * @param origin what this process drew at random when it started
     */
    public LoopTools(Loop loop, long origin, Metrics metrics) {
        this.packets = metrics.packetCounts();
        this.thread = new LoopThread(loop);
        this.origin = origin;
        this.messages = (long) loop.index() << MESSAGES_BITS;
        this.loop = loop;
        this.movedAtNanos = loop.nanoTime();
        loop.every(HEARTBEAT, this::lookWhetherItStoodStill);
    }

    /** Runs tasks later, each on the loop of its thread. */
    public static Timers timers(List<LoopTools> tools) {
        return (thread, delay, task) -> tools.get(thread.index()).later(delay, task);
    }

    /** Names the gateways to which clients may have gone while this one stood still. Before the first client. */
    public void neighbours(Neighbours others) {
        neighbours = others;
    }

    /** The loop as sessions see it. */
    public SessionThread thread() {
        return thread;
    }

    /** The id of a message that this client has published. */
    MessageId nextMessageId(String publisher) {
        return MessageId.of(origin, ++messages, publisher);
    }

    /** Keeps a PUBLISH until the other packets of this turn have been handled. */
    void arrived(PublishHandler.Arrived publish) {
        if (arrived.isEmpty() && !isDealingDue) {
            isDealingDue = true;
            thread.execute(dealWithArrived);
        }
        arrived.add(publish);
        publish.connection().input().publishesWaiting(1);
    }

    /**
     * Deals with every PUBLISH that waits, in the order in which they were read. What takes too long is put off until the sockets
     * have been looked at, and whose it is is not read meanwhile. After this gateway has stood still they wait until it has heard
     * which of its clients have gone elsewhere: what such a client had sent here, it has sent again there since, and later things
     * too.
     */
    private void dealWithArrived() {
        isDealingDue = false;
        if (mustWait()) {
            return;
        }
        long end = loop.nanoTime() + DEALING_NANOS;
        int dealtWith = 0;
        for (PublishHandler.Arrived next = arrived.poll(); next != null; next = arrived.poll()) {
            dealWith(next);
            if (++dealtWith % DEALT_WITH_BETWEEN_CLOCK_LOOKS == 0 && loop.nanoTime() - end > 0 && !arrived.isEmpty()) {
                arrived.forEach(each -> each.connection().pacing().pause(Pacing.OTHERS_TURN));
                isDealingDue = true;
                thread.gradually(this, this::dealWithTheRest);
                return;
            }
        }
    }

    /** A slice of long work, which comes when the sockets are looked at: the rest is dealt with behind what is read now. */
    private boolean dealWithTheRest() {
        thread.execute(dealWithArrived);
        return true;
    }

    /** Deals with every PUBLISH of one connection that waits, and with those that came before: what comes behind finds that done. */
    void dealWithArrivedOf(Connection connection) {
        if (mustWait()) {
            return;
        }
        while (connection.input().hasPublishesWaiting()) {
            dealWith(arrived.remove());
        }
    }

    private boolean mustWait() {
        lookWhetherItStoodStill();
        return catchingUp && arrived.size() < MOST_HELD;
    }

    private void dealWith(PublishHandler.Arrived next) {
        Connection connection = next.connection();
        connection.input().publishesWaiting(-1);
        connection.client().guard(next);
        if (connection.pacing().isPausedFor(Pacing.OTHERS_TURN)
                && !connection.input().hasPublishesWaiting()) {
            thread.execute(() -> connection.pacing().goOn(Pacing.OTHERS_TURN));
        }
    }

    /** What is to be done at a time, as {@link Loop#nanoTime()}. */
    private record Waiting(long dueNanos, Runnable task) implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            return Long.signum(dueNanos - other.dueNanos);
        }
    }

    /** Runs a task on this loop after a delay; a little late at the worst. */
    void later(Duration delay, Runnable task) {
        waiting.add(new Waiting(loop.nanoTime() + delay.toNanos(), task));
        step();
    }

    /** Whether this gateway has stood still and does not know yet which of its clients have gone elsewhere. */
    boolean hasStoodStill() {
        return catchingUp;
    }

    /** Whether this many bytes more may be kept of clients whose socket has gone and whose input is still being dealt with; counts them if so. */
    boolean keepLate(int bytes) {
        if (lateBytes + bytes > MOST_LATE_BYTES) {
            return false;
        }
        lateBytes += bytes;
        return true;
    }

    /** The bytes that {@link #keepLate} has counted have been dealt with. */
    void lateIsOver(int bytes) {
        lateBytes -= bytes;
    }

    /** Lets a connection go on once its rate allows it. */
    void throttle(Pacing pacing) {
        throttled.add(pacing);
        step();
    }

    /** Has the loop wake up for what waits; a loop with nothing to wait for sleeps on. */
    private void step() {
        if (!stepping) {
            stepping = true;
            loop.after(STEP, this::stepped);
        }
    }

    private void stepped() {
        stepping = false;
        try {
            releaseThrottled();
            runDue();
        } finally {
            if (!throttled.isEmpty() || !waiting.isEmpty()) {
                step();
            }
        }
    }

    private void releaseThrottled() {
        long now = System.nanoTime(); // the clock of the rates
        List<Pacing> ready =
                throttled.stream().filter(each -> each.mayGoOn(now)).toList();
        throttled.removeAll(ready);
        ready.forEach(each -> each.goOn(Pacing.THROTTLED));
    }

    private void runDue() {
        lookWhetherItStoodStill();
        long now = loop.nanoTime();
        for (Waiting next = waiting.peek(); next != null && next.dueNanos - now <= 0; next = waiting.peek()) {
            waiting.remove();
            next.task.run();
        }
    }

    private void lookWhetherItStoodStill() {
        long now = loop.nanoTime();
        if (now - movedAtNanos > STOOD_STILL_NANOS && !catchingUp && neighbours.mayExist()) {
            catchingUp = true;
            neighbours
                    .caughtUp()
                    .whenComplete((nothing, failure) -> thread.execute(() -> {
                        catchingUp = false;
                        dealWithArrived();
                    }));
        }
        movedAtNanos = now;
    }
}
