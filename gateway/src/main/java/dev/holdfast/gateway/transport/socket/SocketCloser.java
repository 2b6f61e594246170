// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.ssl.SslConnection;

/**
 * Closes sockets on a thread of its own, so that a thousand of them closing at once cost a thousand times one.
 *
 * <p>XNIO selects once more whenever an I/O thread closes one of its sockets, and each of these selects looks at every
 * socket that is ready at that moment. When thousands of clients vanish together, as they do behind a balancer that
 * restarts, that is quadratic. Closed from another thread, the cancelled keys are collected by the next ordinary
 * select. TLS connections stay on their loop, since their engines are not safe elsewhere.
 */
final class SocketCloser {
    private static final Logger LOG = LoggerFactory.getLogger(SocketCloser.class);
    private static final long FIRST_LOOK_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 500;
    private static final int MOST_READS_A_LOOK = 16;

    private static final ScheduledThreadPoolExecutor THREAD = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "holdfast closer");
        thread.setDaemon(true);
        return thread;
    });
    private static final ByteBuffer FORGOTTEN = ByteBuffer.allocateDirect(16 * 1024);

    private SocketCloser() {}

    /** Whether a socket may be closed on another thread than its loop's. */
    static boolean serves(StreamConnection socket) {
        return !(socket instanceof SslConnection);
    }

    /** Closes a socket that nobody will use any more. On its loop. */
    static void close(StreamConnection socket) {
        if (serves(socket)) {
            release(socket);
            THREAD.execute(() -> Guard.run(() -> IoUtils.safeClose(socket)));
        } else {
            IoUtils.safeClose(socket);
        }
    }

    /**
     * Reads and forgets what a socket still brings until its peer closes, or for so long, then closes it: a socket
     * closed with unread input is reset, and the reset would overtake our last words. On its loop, after its writes
     * have been shut down.
     */
    static void linger(StreamConnection socket, long patienceMillis) {
        release(socket);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        lookLater(socket, FIRST_LOOK_MILLIS, deadline);
    }

    private static void release(StreamConnection socket) {
        socket.getSourceChannel().suspendReads();
        socket.getSinkChannel().suspendWrites();
    }

    private static void lookLater(StreamConnection socket, long millis, long deadline) {
        // The executor keeps what a task throws to itself.
        THREAD.schedule(() -> Guard.run(() -> look(socket, millis, deadline)), millis, TimeUnit.MILLISECONDS);
    }

    private static void look(StreamConnection socket, long paused, long deadline) {
        try {
            for (int i = 0; i < MOST_READS_A_LOOK; i++) {
                FORGOTTEN.clear();
                int read = socket.getSourceChannel().read(FORGOTTEN);
                if (read < 0) {
                    IoUtils.safeClose(socket);
                    return;
                }
                if (read == 0) {
                    break;
                }
            }
        } catch (IOException | RuntimeException gone) {
            LOG.trace("closing", gone);
            IoUtils.safeClose(socket);
            return;
        }
        if (System.nanoTime() - deadline > 0) {
            IoUtils.safeClose(socket);
        } else {
            lookLater(socket, Math.min(paused * 2, LONGEST_PAUSE_MILLIS), deadline);
        }
    }
}
