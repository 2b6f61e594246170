// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.QueuedMessage;

/**
 * The outbound exchanges between the lowest position that is not acknowledged and the highest that has been sent.
 *
 * <p>Positions are the seqs of the session's queue, so the packet identifier of each follows from it
 * ({@link QueuedMessage#packetId}) and needs no storage. The span stays below the client's Receive Maximum
 * [MQTT-3.3.4-9] and below 65,535, so a packet identifier names one position at the most [MQTT-2.2.1-4]. An idle
 * session holds no array.
 */
final class InflightWindow {
    /** How far one exchange has come. */
    enum State {
        /** PUBLISH QoS 1 sent, PUBACK awaited. */
        AWAITING_PUBACK,
        /** PUBLISH QoS 2 sent, PUBREC awaited. */
        AWAITING_PUBREC,
        /** PUBREC has come, the store is being told. */
        RELEASING,
        /** PUBREL sent, PUBCOMP awaited. */
        AWAITING_PUBCOMP,
        /** Nothing is owed. */
        DONE
    }

    private static final State[] NOTHING = {};
    private static final int SMALLEST = 8;

    private final int capacity;
    private State[] ring = NOTHING;
    private long first = 1;
    private long next = 1;

    /** A window for a client that takes so many unacknowledged packets, 1 to 65,535. */
    InflightWindow(int receiveMaximum) {
        this.capacity = Math.min(receiveMaximum, 65_534);
    }

    /** Begins at a position, for a resumed session. */
    void startAt(long seq) {
        first = seq;
        next = seq;
    }

    /** The lowest position that is not done; equal to {@link #next()} when nothing is in flight. */
    long first() {
        return first;
    }

    /** The position after the highest one sent. */
    long next() {
        return next;
    }

    /** Whether a position may be sent now, or an older one has to be acknowledged first. */
    boolean hasRoomFor(long seq) {
        return first == next || seq - first < capacity;
    }

    /** How many positions may be sent beyond {@link #next()}; a lone one always may. */
    int room() {
        return Math.max(first == next ? 1 : 0, (int) Math.max(0, capacity - (next - first)));
    }

    boolean isEmpty() {
        return first == next;
    }

    /** Records that a position was sent; those passed over are done. The seq is not below {@link #next()}. */
    void sent(long seq, State state) {
        if (first == next) {
            first = seq;
            next = seq;
            if (state == State.DONE) {
                first = seq + 1;
                next = seq + 1;
                return;
            }
        }
        reserve(seq);
        while (next < seq) {
            ring[index(next++)] = State.DONE;
        }
        ring[index(seq)] = state;
        next = seq + 1;
        advance();
    }

    /** The position in flight that has this packet identifier, or -1. */
    long seqOf(int packetId) {
        if (first == next) {
            return -1;
        }
        long distance = (long) packetId - QueuedMessage.packetId(first);
        long seq = first + (distance < 0 ? distance + 65_535 : distance);
        return seq < next ? seq : -1;
    }

    /** How far the exchange of a position in flight has come. */
    State state(long seq) {
        return ring[index(seq)];
    }

    /** Moves an exchange on. */
    void move(long seq, State state) {
        ring[index(seq)] = state;
        if (state == State.DONE) {
            advance();
        }
    }

    /** The positions above {@link #first()} that are done while it is not; ascending. */
    long[] doneBeyond() {
        int count = 0;
        for (long seq = first; seq < next; seq++) {
            if (state(seq) == State.DONE) {
                count++;
            }
        }
        long[] done = new long[count];
        for (long seq = next - 1; count > 0; seq--) {
            if (state(seq) == State.DONE) {
                done[--count] = seq;
            }
        }
        return done;
    }

    private void advance() {
        while (first < next && state(first) == State.DONE) {
            first++;
        }
        if (first == next && ring.length > SMALLEST) {
            ring = NOTHING;
        }
    }

    private int index(long seq) {
        return (int) seq & (ring.length - 1);
    }

    private void reserve(long seq) {
        long span = seq + 1 - first;
        if (span <= ring.length) {
            return;
        }
        int length = Math.max(SMALLEST, ring.length);
        while (length < span) {
            length <<= 1;
        }
        State[] wider = new State[length];
        for (long at = first; at < next; at++) {
            wider[(int) at & (length - 1)] = state(at);
        }
        ring = wider;
    }
}
