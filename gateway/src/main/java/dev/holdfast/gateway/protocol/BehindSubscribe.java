// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * What a client has published behind a SUBSCRIBE that is being stored. It is held back until the subscription is routed,
 * so that the client's own messages reach it, as they do where nothing has to be stored. The client is not read on
 * meanwhile, so this is what one read has brought, and the order is kept; and nobody waits for long.
 */
final class BehindSubscribe {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Connection connection;
    private final ArrayDeque<PublishHandler.Arrived> held = new ArrayDeque<>();
    private int underWay;
    private boolean over;

    BehindSubscribe(Connection connection) {
        this.connection = connection;
    }

    /** One more SUBSCRIBE is being stored. */
    void begin() {
        underWay++;
    }

    /** One has been routed; with the last one the client goes on. */
    void end() {
        if (--underWay == 0) {
            goOn();
        }
    }

    /** Whether a PUBLISH is held back; it is dealt with later then. */
    boolean holds(PublishHandler.Arrived publish) {
        if (over) {
            return false;
        }
        if (held.isEmpty()) {
            connection.pause(Connection.BEHIND_SUBSCRIBE);
            connection.tools().later(System.nanoTime() + PATIENCE.toNanos(), this::goOn);
        }
        held.add(publish);
        return true;
    }

    /** Deals with what is held back, and holds nothing back any more. */
    void release() {
        over = true;
        for (PublishHandler.Arrived next = held.poll(); next != null; next = held.poll()) {
            connection.guard(next);
        }
    }

    private void goOn() {
        if (!over) {
            connection.noLongerBehind(this);
            release();
            connection.goOn(Connection.BEHIND_SUBSCRIBE);
        }
    }
}
