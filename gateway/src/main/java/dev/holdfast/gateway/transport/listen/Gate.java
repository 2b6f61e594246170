// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.transport.socket.IoLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.management.XnioServerMXBean;

/**
 * Whether connections are accepted just now, over all listeners of the process. While there are as many as the process has
 * descriptors for, or more strangers than there is room for, the kernel keeps those that come; the oldest strangers are cut
 * meanwhile, so that one who sends nothing keeps nobody out for long. Any thread.
 */
final class Gate {
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int DROPPED_A_LOOK = 32;
    /** So many connections XNIO may have accepted, in a burst, that no I/O thread has come to. */
    private static final int AHEAD = 1024;

    private final List<IoLoop> loops;
    private final int mostConnections;
    private final List<AcceptingChannel<?>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean isShut = new AtomicBoolean();
    private final XnioWorker worker;
    /** Those that an I/O thread has come to. */
    private final AtomicInteger connections = new AtomicInteger();

    private final ChannelListener<StreamConnection> closed = socket -> connections.decrementAndGet();

    Gate(XnioWorker worker, List<IoLoop> loops) {
        this.worker = worker;
        this.loops = loops;
        this.mostConnections = Descriptors.forConnections();
    }

    /** How many connections all listeners together may have. */
    int mostConnections() {
        return mostConnections;
    }

    /** Begins to accept. */
    void open(AcceptingChannel<?> listener) {
        listeners.add(listener);
        listener.resumeAccepts();
    }

    /** Closes one listener for good. */
    void close(AcceptingChannel<?> listener) {
        listeners.remove(listener);
        IoUtils.safeClose(listener);
    }

    /** Closes all listeners for good. */
    void close() {
        listeners.forEach(IoUtils::safeClose);
        listeners.clear();
    }

    /** Counts a connection that has been accepted until its socket is closed, and looks whether more may come; on its loop. */
    void accepted(StreamConnection socket, IoLoop loop) {
        connections.incrementAndGet();
        socket.setCloseListener(closed);
        if (isFull() || loop.hasTooManyStrangers()) {
            shut(loop);
        }
    }

    /**
     * Whether there are as many as there may be. Near that number XNIO is asked, whose count has those that no I/O thread has come
     * to yet: two floods at once would fill the process before. Only there, since the getter has the accept thread tell its
     * part and waits for it, which for each connection would double what a CONNECT costs.
     */
    private boolean isFull() {
        int known = connections.get();
        return known >= mostConnections || (mostConnections - known < AHEAD && acceptedByXnio() >= mostConnections);
    }

    private int acceptedByXnio() {
        int sum = 0;
        for (XnioServerMXBean listener : worker.getMXBean().getServerMXBeans()) {
            sum += listener.getConnectionCount();
        }
        return sum;
    }

    private void shut(IoLoop loop) {
        if (isShut.compareAndSet(false, true)) {
            listeners.forEach(AcceptingChannel::suspendAccepts);
            loop.after(PAUSE, () -> look(loop, 0));
        }
    }

    /** Asks one loop after the other whether there is room; opens when all have said so. */
    private void look(IoLoop loop, int agreed) {
        boolean isCrowded = isFull();
        if (isCrowded) {
            loop.dropOldestStrangers(DROPPED_A_LOOK);
        }
        IoLoop next = loops.get((loop.index() + 1) % loops.size());
        if (isCrowded || loop.hasTooManyStrangers()) {
            next.after(PAUSE, () -> look(next, 0));
        } else if (agreed + 1 < loops.size()) {
            next.execute(() -> look(next, agreed + 1));
        } else {
            isShut.set(false);
            listeners.forEach(AcceptingChannel::resumeAccepts);
        }
    }
}
