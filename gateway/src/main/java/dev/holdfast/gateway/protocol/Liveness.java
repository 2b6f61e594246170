// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Agreement;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.transport.Wire;
import org.jspecify.annotations.Nullable;

/** The signs of life that a connection has shown, seen by the sweep once a second. On the connection's thread. */
final class Liveness {
    /** When the wait for CONNECT, or for the answer to it, began, in the loop's milliseconds; an int is enough for differences. */
    private int awaitingSinceMillis;

    private boolean hasTakenPacket;
    private short ticksInsideAPacket;

    /** Of a connection that opens now. */
    Liveness(Wire wire) {
        awaitingSinceMillis = (int) wire.loop().elapsedMillis();
    }

    /** The whole CONNECT has come in time; the same time begins again for the answer to it. */
    void connectTaken(Wire wire) {
        awaitingSinceMillis = (int) wire.loop().elapsedMillis();
    }

    /** A whole packet has come. */
    void packetTaken() {
        hasTakenPacket = true;
    }

    /** Whether the time in which a CONNECT has to come, or to be answered, is over. */
    boolean isConnectOverdue(Wire wire, LimitsConfig limits) {
        int waited = (int) wire.loop().elapsedMillis() - awaitingSinceMillis;
        return waited > limits.connectTimeout().toMillis(); // both are cut to whole milliseconds: none may be missing
    }

    /**
     * Looks at a connection that has been accepted; once for each tick.
     *
     * @param isListening whether its packets are taken: the silence of a client that is not read says nothing
     * @param isMidPacket whether a packet has begun that is not whole
     * @return whether the client has been silent for too long
     */
    boolean isOverdue(
            Wire wire, boolean isListening, boolean isMidPacket, @Nullable Agreement agreed, LimitsConfig limits) {
        boolean progresses = hasTakenPacket || !isListening || !isMidPacket;
        ticksInsideAPacket = progresses ? 0 : (short) (ticksInsideAPacket + 1);
        hasTakenPacket = false;
        long silentForMillis = wire.loop().elapsedMillis() - wire.lastReadMillis();
        return isListening && agreed != null && agreed.isOverdue(silentForMillis, ticksInsideAPacket, limits);
    }
}
