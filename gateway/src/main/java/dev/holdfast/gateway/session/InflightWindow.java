// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.session.QueuedMessage;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * The outbound exchanges that the client has not finished.
 *
 * <p>Positions are the seqs of the session's queue, so the packet identifier of each follows from it
 * ({@link QueuedMessage#packetId}) and needs no storage. What is outstanding stays within the client's Receive Maximum:
 * each exchange that is finished makes room for another one, in whatever order that happens [MQTT-4.9.0-2]. The span
 * from the lowest of them to the highest position sent is bounded by the identifiers alone: a packet identifier names one
 * position at the most [MQTT-2.2.1-4]. A store that may have lost writes leaves out very many positions: then what is in
 * flight lies in several stretches, and an identifier is looked for among all of it.
 *
 * <p>Costs the memory of what is outstanding, however far apart that is; an idle session holds no array.
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
        /** Nothing is owed, or nothing was ever sent there. */
        DONE
    }

    private static final State[] NO_STATES = {};
    private static final long[] NO_SEQS = {};
    private static final int SMALLEST = 8;
    private static final int IDENTIFIERS = 65_535;
    /** Where so many are passed over at once, nothing was ever there. */
    private static final int LEAP = 10_000;

    private final int capacity;

    /*
     * Two rings, side by side, in the order of seq. What is finished in the middle stays as DONE until the entries in
     * front of it have gone or such entries are the greater part; the front is never DONE.
     */
    private long[] seqs = NO_SEQS;
    private State[] states = NO_STATES;
    private int head;
    private int size;

    private int outstanding;
    private long next = 1;
    /** The first and the last position of each leap, ascending; those behind {@link #first()} may be gone. */
    private long[] leaps = NO_SEQS;

    /** A window for a client that takes so many unacknowledged packets, 1 to 65,535. */
    InflightWindow(int receiveMaximum) {
        this.capacity = receiveMaximum;
    }

    /** Begins at a position, for a resumed session. */
    void startAt(long seq) {
        next = seq;
    }

    /** The lowest position that is not done; equal to {@link #next()} when nothing is in flight. */
    long first() {
        return outstanding == 0 ? next : seqs[head];
    }

    /** The position after the highest one sent. */
    long next() {
        return next;
    }

    /** Whether a position may be sent now, or another one has to be acknowledged first. */
    boolean hasRoomFor(long seq) {
        return outstanding == 0 || (outstanding < capacity && isFree(seq));
    }

    /** Whether the packet identifier of a position that has not been sent is no other one's in flight. */
    boolean isFree(long seq) {
        return outstanding == 0 || seq - seqs[head] < IDENTIFIERS || inFlight(QueuedMessage.packetId(seq)) < 0;
    }

    /** How many positions may be sent beyond {@link #next()}. */
    int room() {
        if (outstanding == 0) {
            return capacity;
        }
        long span = next - seqs[head];
        long room = span > IDENTIFIERS ? capacity - outstanding : Math.min(capacity - outstanding, IDENTIFIERS - span);
        return (int) Math.max(0, room);
    }

    boolean isEmpty() {
        return outstanding == 0;
    }

    int outstanding() {
        return outstanding;
    }

    int capacity() {
        return capacity;
    }

    /** Records that a position was sent; those passed over are done. The seq is not below {@link #next()}. */
    void sent(long seq, State state) {
        if (seq - next >= LEAP) {
            leapt(next, seq - 1);
        }
        next = seq + 1;
        if (state == State.DONE) {
            return;
        }
        if (size == seqs.length) {
            resize(Math.max(SMALLEST, 2 * size));
        }
        int slot = slot(size++);
        seqs[slot] = seq;
        states[slot] = state;
        outstanding++;
    }

    /** The position in flight that may have this packet identifier, or -1; its {@link #state} says whether it has. */
    long seqOf(int packetId) {
        if (outstanding == 0) {
            return -1;
        }
        long first = seqs[head];
        if (next - first > IDENTIFIERS) {
            return inFlight(packetId);
        }
        long distance = (long) packetId - QueuedMessage.packetId(first);
        long seq = first + (distance < 0 ? distance + IDENTIFIERS : distance);
        return seq < next ? seq : -1;
    }

    private long inFlight(int packetId) {
        for (int i = 0; i < size; i++) {
            int slot = slot(i);
            if (states[slot] != State.DONE && QueuedMessage.packetId(seqs[slot]) == packetId) {
                return seqs[slot];
            }
        }
        return -1;
    }

    private void leapt(long from, long to) {
        if (outstanding == 0) {
            leaps = NO_SEQS;
            return;
        }
        leaps = Arrays.copyOf(leaps, leaps.length + 2);
        leaps[leaps.length - 2] = from;
        leaps[leaps.length - 1] = to;
    }

    /** How far the exchange of a position has come; DONE if it is not in flight. */
    State state(long seq) {
        int index = indexOf(seq);
        return index < 0 ? State.DONE : states[slot(index)];
    }

    /** Moves the exchange of a position in flight on. */
    void move(long seq, State state) {
        int index = indexOf(seq);
        if (index < 0) {
            throw new IllegalStateException("position " + seq + " is not in flight");
        }
        states[slot(index)] = state;
        if (state == State.DONE) {
            outstanding--;
            advance();
        }
    }

    /** The positions above {@link #first()} that are done while it is not, ascending; costs the whole span but for leaps. */
    long[] doneBeyond() {
        LongStream.Builder done = LongStream.builder();
        int leap = 0;
        long seq = first();
        for (int i = 0; i <= size; i++) {
            boolean isEnd = i == size;
            if (!isEnd && states[slot(i)] == State.DONE) {
                continue;
            }
            long until = isEnd ? next : seqs[slot(i)];
            while (seq < until) {
                while (leap < leaps.length && leaps[leap + 1] < seq) {
                    leap += 2;
                }
                if (leap < leaps.length && leaps[leap] <= seq) {
                    seq = leaps[leap + 1] + 1;
                } else {
                    done.add(seq++);
                }
            }
            seq = until + 1;
        }
        return done.build().toArray();
    }

    /** Names all positions in flight in a state, ascending. */
    void forEach(State state, LongConsumer consumer) {
        for (int i = 0; i < size; i++) {
            if (states[slot(i)] == state) {
                consumer.accept(seqs[slot(i)]);
            }
        }
    }

    private void advance() {
        while (size > 0 && states[head] == State.DONE) {
            head = slot(1);
            size--;
        }
        if (size == 0) {
            head = 0;
            if (seqs.length > SMALLEST) {
                seqs = NO_SEQS;
                states = NO_STATES;
            }
        } else if (size > SMALLEST && size - outstanding > outstanding) {
            resize(seqs.length); // as many steps as exchanges were finished since the last time
        }
    }

    /** The index of a position from the front, or -1. Without anything missing it is a subtraction away from an end. */
    private int indexOf(long seq) {
        if (outstanding == 0 || seq < seqs[head]) {
            return -1;
        }
        long fromFront = seq - seqs[head];
        if (fromFront < size && seqs[slot((int) fromFront)] == seq) {
            return (int) fromFront;
        }
        long fromBack = size - 1 - (seqs[slot(size - 1)] - seq);
        if (fromBack >= 0 && fromBack < size && seqs[slot((int) fromBack)] == seq) {
            return (int) fromBack;
        }
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = seqs[slot(middle)];
            if (found == seq) {
                return middle;
            }
            if (found < seq) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    private int slot(int index) {
        return (head + index) & (seqs.length - 1);
    }

    /** Into rings of another length, a power of two, without what is done. */
    private void resize(int length) {
        long[] newSeqs = new long[length];
        State[] newStates = new State[length];
        Arrays.fill(newStates, State.DONE);
        int count = 0;
        for (int i = 0; i < size; i++) {
            int slot = slot(i);
            if (states[slot] != State.DONE) {
                newSeqs[count] = seqs[slot];
                newStates[count++] = states[slot];
            }
        }
        seqs = newSeqs;
        states = newStates;
        head = 0;
        size = count;
    }
}
