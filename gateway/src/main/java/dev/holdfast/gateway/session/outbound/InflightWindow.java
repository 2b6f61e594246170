// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueuedMessage;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * The outbound exchanges that the client has not finished.
 *
 * <p>A position is the seq of a message in the session's queue. The packet identifier follows from the position
 * ({@link #packetId}) and needs no storage. The number of outstanding exchanges stays within the client's
 * Receive Maximum: each exchange that is finished makes room for another one, in whatever order they finish [MQTT-4.9.0-2].
 * The span from the lowest outstanding position to the highest one sent is bounded by the identifiers alone: a packet
 * identifier names one position at most [MQTT-2.2.1-4]. A store that may have lost writes leaves out very many positions.
 * Then the outstanding positions lie in several stretches, and an identifier is looked for among all of them.
 *
 * <p>Memory grows with the number of outstanding exchanges, not with their span. An idle session holds no array, see
 * {@link #rest}.
 */
final class InflightWindow {
    /** How far one exchange has come. */
    enum State {
        /** PUBLISH QoS 1 sent, PUBACK awaited. */
        AWAITING_PUBACK(0),
        /** PUBLISH QoS 2 sent, PUBREC awaited. */
        AWAITING_PUBREC(1),
        /** PUBREC has come, the store is being told. */
        RELEASING(2),
        /** PUBREL sent, PUBCOMP awaited. */
        AWAITING_PUBCOMP(3),
        /** The exchange is finished, or nothing was sent at the position. */
        DONE(4);

        /** How an entry of the ring says it. */
        private final int code;

        State(int code) {
            this.code = code;
        }
    }

    /** By code. */
    private static final State[] STATES = Arrays.stream(State.values())
            .sorted(Comparator.comparingInt(state -> state.code))
            .toArray(State[]::new);

    private static final long[] NONE = {};
    private static final int SMALLEST = 8;
    /** How many bits of an entry hold the state; those above hold the seq, which a store never lets come near 2^60. */
    private static final int STATE_BITS = 3;

    private static final int STATE_MASK = (1 << STATE_BITS) - 1;
    /**
     * Where this many positions are missing at once, the store has left them out: it has lost writes, and goes on above every position that
     * it may have given. The queue limit never takes so many.
     */
    static final int LEAP = 10_000;

    // No wider than 65,535 needs: each connection has a window.
    private final char capacity;
    /** The lowest packet identifier. */
    private final char firstIdentifier;
    /** A position with the lowest identifier; so has every one that is a multiple of {@code identifiers} further on. */
    private final char firstPosition;
    /** How many packet identifiers there are. */
    private char identifiers;
    /** How many exchanges are outstanding in other windows of the client. */
    private char besides;
    /** How many are outstanding in this one. */
    private char outstanding;

    /*
     * A ring in the order of seq, a long for each exchange: most of what a fan-out costs is the memory that it touches. An
     * exchange that finishes in the middle stays as DONE until the entries in front of it have gone, or until such entries
     * are the greater part. The entry at the front is never DONE.
     */
    private long[] ring = NONE;
    private int head;
    private int size;

    private long next = 1;
    /** The first and the last position of each leap, ascending. Leaps below {@link #first()} may be missing. */
    private long[] leaps = NONE;

    /** The window of a session's queue, with all packet identifiers, for a client with this Receive Maximum, 1 to 65,535. */
    InflightWindow(int receiveMaximum) {
        this(receiveMaximum, QueuedMessage.IDENTIFIERS);
    }

    /** The same with so many packet identifiers, from 1 on. */
    InflightWindow(int receiveMaximum, int identifiers) {
        this(receiveMaximum, identifiers, 1, 1);
    }

    private InflightWindow(int capacity, int identifiers, int firstIdentifier, int firstPosition) {
        this.capacity = (char) capacity;
        this.identifiers = (char) identifiers;
        this.firstIdentifier = (char) firstIdentifier;
        this.firstPosition = (char) firstPosition;
    }

    /** The window of one log, whose positions are the indexes of the log: as many as the log has identifiers. */
    static InflightWindow ofLog(int slot) {
        return new InflightWindow(LogCursor.WINDOW, LogCursor.WINDOW, LogCursor.packetId(slot, 0), 0);
    }

    /** The packet identifier of a position. */
    int packetId(long seq) {
        // By a constant the division costs a few cycles, and a message is worth a microsecond.
        return identifiers == QueuedMessage.IDENTIFIERS
                ? QueuedMessage.packetId(seq, QueuedMessage.IDENTIFIERS)
                : firstIdentifier + (int) ((seq - firstPosition) % identifiers);
    }

    /** How many packet identifiers there are. */
    int identifiers() {
        return identifiers;
    }

    /** Leaves so many packet identifiers, which do not change those of positions in flight. */
    void identifiers(int fewer) {
        identifiers = (char) fewer;
    }

    /** Whether the client takes another exchange, in whichever window. */
    boolean takesAnother() {
        return outstanding + besides < capacity;
    }

    /** Another window of the client has more exchanges outstanding, or fewer: they share Receive Maximum. */
    void besides(int more) {
        besides = (char) (besides + more);
    }

    /** Begins at this position: the session is resumed. */
    void startAt(long seq) {
        next = seq;
    }

    /** The lowest outstanding position; {@link #next()} if there is none. */
    long first() {
        return outstanding == 0 ? next : seq(0);
    }

    /** The position after the highest one that has been sent. */
    long next() {
        return next;
    }

    /** Whether this position may be sent now; if not, another one has to be acknowledged first. */
    boolean hasRoomFor(long seq) {
        return outstanding + besides == 0 || (outstanding + besides < capacity && isFree(seq));
    }

    /** Whether no outstanding exchange has the packet identifier of this position, which has not been sent. */
    boolean isFree(long seq) {
        return outstanding == 0 || seq - seq(0) < identifiers || inFlight(packetId(seq)) < 0;
    }

    /** How many positions may be sent beyond {@link #next()}. */
    int room() {
        if (outstanding == 0) {
            return Math.max(0, capacity - besides);
        }
        long span = next - seq(0);
        long room = span > identifiers
                ? capacity - outstanding - besides
                : Math.min(capacity - outstanding - besides, identifiers - span);
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
        if (size == ring.length) {
            resize(Math.max(SMALLEST, 2 * size));
        }
        set(size++, seq, state);
        outstanding++;
    }

    /** The outstanding position that may have this packet identifier, or -1; its {@link #state} says whether it has. */
    long seqOf(int packetId) {
        if (outstanding == 0) {
            return -1;
        }
        long first = seq(0);
        if (next - first > identifiers) {
            return inFlight(packetId);
        }
        long distance = (long) packetId - packetId(first);
        long seq = first + (distance < 0 ? distance + identifiers : distance);
        return seq < next ? seq : -1;
    }

    private long inFlight(int packetId) {
        for (int i = 0; i < size; i++) {
            if (stateAt(i) != State.DONE && packetId(seq(i)) == packetId) {
                return seq(i);
            }
        }
        return -1;
    }

    private void leapt(long from, long to) {
        if (outstanding == 0) {
            leaps = NONE;
            return;
        }
        leaps = Arrays.copyOf(leaps, leaps.length + 2);
        leaps[leaps.length - 2] = from;
        leaps[leaps.length - 1] = to;
    }

    /** How far the exchange of a position has come; DONE if it is not outstanding. */
    State state(long seq) {
        int index = indexOf(seq);
        return index < 0 ? State.DONE : stateAt(index);
    }

    /** Moves the exchange of an outstanding position on. */
    void move(long seq, State state) {
        int index = indexOf(seq);
        if (index < 0) {
            throw new IllegalStateException("position " + seq + " is not in flight");
        }
        set(index, seq, state);
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
            if (!isEnd && stateAt(i) == State.DONE) {
                continue;
            }
            long until = isEnd ? next : seq(i);
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
            if (stateAt(i) == state) {
                consumer.accept(seq(i));
            }
        }
    }

    private void advance() {
        while (size > 0 && stateAt(0) == State.DONE) {
            head = place(1);
            size--;
        }
        if (size > SMALLEST && size - outstanding > outstanding) {
            resize(ring.length); // costs no more steps than exchanges have finished since the last time
        }
    }

    /**
     * Frees the ring if nothing is outstanding. Called about once a second, not after each acknowledgement: a client that gets
     * messages all the time needs the ring again at once.
     */
    void rest() {
        if (outstanding == 0) {
            ring = NONE;
            head = 0;
        }
    }

    /** The index of a position from the front, or -1. Where no position is missing it follows from that of an end. */
    private int indexOf(long seq) {
        if (outstanding == 0 || seq < seq(0)) {
            return -1;
        }
        long fromFront = seq - seq(0);
        if (fromFront < size && seq((int) fromFront) == seq) {
            return (int) fromFront;
        }
        long fromBack = size - 1 - (seq(size - 1) - seq);
        if (fromBack >= 0 && fromBack < size && seq((int) fromBack) == seq) {
            return (int) fromBack;
        }
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = seq(middle);
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

    /** The position of the entry with this index from the front. */
    private long seq(int index) {
        return ring[place(index)] >>> STATE_BITS;
    }

    private State stateAt(int index) {
        return STATES[(int) ring[place(index)] & STATE_MASK];
    }

    private void set(int index, long seq, State state) {
        ring[place(index)] = seq << STATE_BITS | state.code;
    }

    private int place(int index) {
        return (head + index) & (ring.length - 1);
    }

    /** Moves to a ring of another length, a power of two, and leaves out what is done. */
    private void resize(int length) {
        long[] moved = new long[length];
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (stateAt(i) != State.DONE) {
                moved[count++] = ring[place(i)];
            }
        }
        ring = moved;
        head = 0;
        size = count;
    }
}
