// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.session.QueuedMessage;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * The outbound exchanges that the client has not finished.
 *
 * <p>A position is the seq of a message in the session's queue. The packet identifier follows from the position
 * ({@link QueuedMessage#packetId}) and needs no storage. The number of outstanding exchanges stays within the client's
 * Receive Maximum: each exchange that is finished makes room for another one, in whatever order they finish [MQTT-4.9.0-2].
 * The span from the lowest outstanding position to the highest one sent is bounded by the identifiers alone: a packet
 * identifier names one position at most [MQTT-2.2.1-4]. A store that may have lost writes leaves out very many positions.
 * Then the outstanding positions lie in several stretches, and an identifier is looked for among all of them.
 *
 * <p>Memory grows with the number of outstanding exchanges, not with their span. An idle session holds no array.
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
        /** The exchange is finished, or nothing was sent at the position. */
        DONE
    }

    private static final State[] NO_STATES = {};
    private static final long[] NO_SEQS = {};
    private static final int SMALLEST = 8;
    private static final int IDENTIFIERS = 65_535;
    /** Where this many positions are passed over at once, the store has left them out. */
    private static final int LEAP = 10_000;

    private final int capacity;

    /*
     * Two rings, side by side, in the order of seq. An exchange that finishes in the middle stays as DONE until the entries
     * in front of it have gone, or until such entries are the greater part. The entry at the front is never DONE.
     */
    private long[] seqs = NO_SEQS;
    private State[] states = NO_STATES;
    private int head;
    private int size;

    private int outstanding;
    private long next = 1;
    /** The first and the last position of each leap, ascending. Leaps below {@link #first()} may be missing. */
    private long[] leaps = NO_SEQS;

    /** A window for a client with this Receive Maximum, 1 to 65,535. */
    InflightWindow(int receiveMaximum) {
        this.capacity = receiveMaximum;
    }

    /** Begins at this position: the session is resumed. */
    void startAt(long seq) {
        next = seq;
    }

    /** The lowest outstanding position; {@link #next()} if there is none. */
    long first() {
        return outstanding == 0 ? next : seqs[head];
    }

    /** The position after the highest one that has been sent. */
    long next() {
        return next;
    }

    /** Whether this position may be sent now; if not, another one has to be acknowledged first. */
    boolean hasRoomFor(long seq) {
        return outstanding == 0 || (outstanding < capacity && isFree(seq));
    }

    /** Whether no outstanding exchange has the packet identifier of this position, which has not been sent. */
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

    /** Notes that a position has been sent, not below {@link #next()}. The positions passed over are done. */
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
        int place = place(size++);
        seqs[place] = seq;
        states[place] = state;
        outstanding++;
    }

    /** The outstanding position that may have this packet identifier, or -1; its {@link #state} says whether it has. */
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
            int place = place(i);
            if (states[place] != State.DONE && QueuedMessage.packetId(seqs[place]) == packetId) {
                return seqs[place];
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

    /** How far the exchange of a position has come; DONE if it is not outstanding. */
    State state(long seq) {
        int index = indexOf(seq);
        return index < 0 ? State.DONE : states[place(index)];
    }

    /** Moves the exchange of an outstanding position on. */
    void move(long seq, State state) {
        int index = indexOf(seq);
        if (index < 0) {
            throw new IllegalStateException("position " + seq + " is not in flight");
        }
        states[place(index)] = state;
        if (state == State.DONE) {
            outstanding--;
            advance();
        }
    }

    /** The positions above {@link #first()} that are done, ascending. Walks the whole span, leaps aside. */
    long[] doneBeyond() {
        LongStream.Builder done = LongStream.builder();
        int leap = 0;
        long seq = first();
        for (int i = 0; i <= size; i++) {
            boolean isEnd = i == size;
            if (!isEnd && states[place(i)] == State.DONE) {
                continue;
            }
            long until = isEnd ? next : seqs[place(i)];
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

    /** Calls back with each outstanding position in this state, ascending. */
    void forEach(State state, LongConsumer consumer) {
        for (int i = 0; i < size; i++) {
            if (states[place(i)] == state) {
                consumer.accept(seqs[place(i)]);
            }
        }
    }

    private void advance() {
        while (size > 0 && states[head] == State.DONE) {
            head = place(1);
            size--;
        }
        if (size == 0) {
            head = 0;
            if (seqs.length > SMALLEST) {
                seqs = NO_SEQS;
                states = NO_STATES;
            }
        } else if (size > SMALLEST && size - outstanding > outstanding) {
            resize(seqs.length); // costs no more steps than exchanges have finished since the last time
        }
    }

    /** The index of a position from the front, or -1. Where no position is missing it follows from that of an end. */
    private int indexOf(long seq) {
        if (outstanding == 0 || seq < seqs[head]) {
            return -1;
        }
        long fromFront = seq - seqs[head];
        if (fromFront < size && seqs[place((int) fromFront)] == seq) {
            return (int) fromFront;
        }
        long fromBack = size - 1 - (seqs[place(size - 1)] - seq);
        if (fromBack >= 0 && fromBack < size && seqs[place((int) fromBack)] == seq) {
            return (int) fromBack;
        }
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = seqs[place(middle)];
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

    private int place(int index) {
        return (head + index) & (seqs.length - 1);
    }

    /** Moves to rings of another length, a power of two, and leaves out what is done. */
    private void resize(int length) {
        long[] newSeqs = new long[length];
        State[] newStates = new State[length];
        Arrays.fill(newStates, State.DONE);
        int count = 0;
        for (int i = 0; i < size; i++) {
            int place = place(i);
            if (states[place] != State.DONE) {
                newSeqs[count] = seqs[place];
                newStates[count++] = states[place];
            }
        }
        seqs = newSeqs;
        states = newStates;
        head = 0;
        size = count;
    }
}
