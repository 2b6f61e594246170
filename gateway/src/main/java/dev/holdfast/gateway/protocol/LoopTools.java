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

/** What all connections of one I/O loop share: the codec's objects, the encoded publications, message ids. */
public final class LoopTools {
    private static final Duration THROTTLE_STEP = Duration.ofMillis(20);

    final PacketDecoder decoder = new PacketDecoder();
    final PacketEncoder encoder = new PacketEncoder();
    final PublishView publish = new PublishView();
    final EncodedPublications publications = new EncodedPublications();
    private final SessionThread thread;
    private final List<Connection> throttled = new ArrayList<>();
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
        loop.every(THROTTLE_STEP, this::releaseThrottled);
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
