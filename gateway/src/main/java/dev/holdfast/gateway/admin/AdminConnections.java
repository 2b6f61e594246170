// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * The few connections of an internal listener. When there are as many as there may be, the next one takes the place of the one
 * that has asked nothing for longest; if all ask, of the one whose request has lasted longest, if that is a while; else
 * it is closed. Any thread; the lock is held for a walk over those few.
 */
final class AdminConnections {
    /** A request that takes longer than this may be one whose body is never to come. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long ASKS_NOTHING = Long.MIN_VALUE;

    private final int most;
    /** When each began to ask, the one that has done nothing for longest first. */
    private final Map<StreamConnection, Long> asking = new LinkedHashMap<>();

    AdminConnections(int most) {
        this.most = most;
    }

    /** A connection has been accepted; whether it may stay, or has been closed. */
    synchronized boolean enter(StreamConnection socket) {
        asking.keySet().removeIf(each -> !each.isOpen());
        if (asking.size() >= most && !makeRoom()) {
            IoUtils.safeClose(socket);
            return false;
        }
        asking.put(socket, ASKS_NOTHING);
        return true;
    }

    private boolean makeRoom() {
        long now = System.nanoTime();
        StreamConnection slowest = null;
        for (Iterator<Map.Entry<StreamConnection, Long>> each =
                        asking.entrySet().iterator();
                each.hasNext(); ) {
            Map.Entry<StreamConnection, Long> one = each.next();
            long since = one.getValue();
            if (since == ASKS_NOTHING) {
                each.remove();
                IoUtils.safeClose(one.getKey());
                return true;
            }
            if (slowest == null && now - since > PATIENCE_NANOS) {
                slowest = one.getKey();
            }
        }
        if (slowest == null) {
            return false;
        }
        asking.remove(slowest);
        IoUtils.safeClose(slowest);
        return true;
    }

    /** It asks something. */
    synchronized void asks(StreamConnection socket) {
        again(socket, System.nanoTime());
    }

    /** It has been answered, and may ask again. */
    synchronized void isAnswered(StreamConnection socket) {
        again(socket, ASKS_NOTHING);
    }

    private void again(StreamConnection socket, long since) {
        if (asking.remove(socket) != null) {
            asking.put(socket, since);
        }
    }
}
