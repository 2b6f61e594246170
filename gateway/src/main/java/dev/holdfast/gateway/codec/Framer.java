// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The byte stream of one connection, cut into whole MQTT packets.
 *
 * <p>Packets that lie whole in the given buffer are passed on where they lie. Of a packet that is split, the bytes that
 * came are kept, and no more is allocated than twice their number, whatever length the packet claims; a packet
 * over the limit is refused when its Remaining Length is known, before its body is kept, or skipped if the sink says so. While
 * nothing is pending no buffer is held.
 *
 * <p>Not thread-safe: it belongs to the connection's I/O thread. A sink must not call back into the framer that calls
 * it, save {@link #maxPacketBytes(int)} and {@link #speaksV31()}. After an exception it holds nothing and refuses what follows.
 */
public final class Framer {
    private static final byte[] NONE = {};

    private int maxPacketBytes;
    private byte[] held = NONE;
    private int heldFrom;
    private int heldTo;
    private boolean begun;
    private boolean stopped;
    private boolean broken;
    private boolean v31;
    private boolean lost;
    /** The packet over the limit whose bytes are going by, or null. */
    private @Nullable SkippedPacket skipped;

    /** Takes whole packets. */
    @FunctionalInterface
    public interface Sink {
        /**
         * Takes one whole packet, fixed header included; the bytes are valid during this call only.
         *
         * @return false to have no further packet before {@link Framer#resume}
         * @throws MalformedPacketException the packet is refused; passed on to the caller of the framer
         */
        boolean packet(byte[] buffer, int offset, int length) throws MalformedPacketException;

        /**
         * Whether the whole packet that begins with this byte may be passed now.
         *
         * @return false to have it, and all behind it, kept until {@link Framer#resume}
         */
        default boolean takes(byte first) {
            return true;
        }

        /**
         * Whether a packet over the limit is to be skipped rather than refused. Then {@link #skipping} is next.
         *
         * @param from where the packet begins in the buffer
         * @param to where the bytes end that have come of it
         * @param length of the packet, fixed header included
         */
        default boolean skips(byte[] buffer, int from, int to, int length) {
            return false;
        }

        /**
         * Takes the beginning of a packet that is being skipped: {@link SkippedPacket#MOST_HEAD_BYTES}, or as much as a packet
         * may have. {@link #skipped} is next, when the last byte of the packet has come.
         *
         * @param head its first bytes, the sink's from now on
         * @param headLength how many
         * @param length of the packet
         * @throws MalformedPacketException the packet is refused; passed on to the caller of the framer
         */
        default void skipping(byte[] head, int headLength, int length) throws MalformedPacketException {}

        /**
         * A packet has been skipped.
         *
         * @return as {@link #packet}
         */
        default boolean skipped(int length) {
            return true;
        }
    }

    /**
     * Makes the framer of a connection that a client has opened: its first packet must be CONNECT [MQTT-3.1.0-1], and
     * a first byte that no client may send is refused before anything is kept.
     *
     * @param maxPacketBytes the longest packet accepted, fixed header included, 2 to 268435460
     */
    public Framer(int maxPacketBytes) {
        this.maxPacketBytes = maxPacketBytes;
    }

    /** Sets the longest packet accepted from the next packet on, fixed header included. */
    public void maxPacketBytes(int maxPacketBytes) {
        this.maxPacketBytes = maxPacketBytes;
    }

    /** Says that the client speaks MQTT 3.1, which leaves flags without a meaning that later versions forbid. */
    public void speaksV31() {
        v31 = true;
    }

    /**
     * Takes bytes that were read and passes the packets they complete to the sink, in order.
     *
     * <p>After the sink has said stop, or has not taken a packet, bytes are only kept until {@link #resume}: the caller bounds them by not
     * reading.
     *
     * @throws MalformedPacketException the stream cannot be cut, a packet is too large, or the sink has refused one
     */
    public void feed(byte[] buffer, int offset, int length, Sink sink) throws MalformedPacketException {
        requireWhole();
        int to = offset + length;
        try {
            if (stopped) {
                keep(buffer, offset, to, Integer.MAX_VALUE);
                return;
            }
            int at = offset;
            if (skipped != null) {
                at = skip(skipped, buffer, at, to, sink);
            } else if (heldTo != heldFrom) {
                at = completeHeld(buffer, offset, to, sink);
            }
            if (!stopped) {
                at = pass(buffer, at, to, sink);
            }
            if (at < to) {
                keep(buffer, at, to, stopped ? Integer.MAX_VALUE : maxPacketBytes);
            }
        } catch (MalformedPacketException | RuntimeException e) {
            refuseFurther();
            throw e;
        }
    }

    /**
     * Goes on after the sink has said stop: passes the whole packets that are kept. Does nothing when not stopped.
     *
     * @throws MalformedPacketException as {@link #feed}
     */
    public void resume(Sink sink) throws MalformedPacketException {
        requireWhole();
        if (!stopped) {
            return;
        }
        stopped = false;
        try {
            heldFrom = pass(held, heldFrom, heldTo, sink);
            if (heldFrom == heldTo) {
                release();
            } else if (!stopped || heldFrom > heldTo - heldFrom) {
                // While stopped only once the passed part is the greater one: each byte is moved a bounded number of
                // times.
                held = Arrays.copyOfRange(held, heldFrom, heldTo);
                heldTo -= heldFrom;
                heldFrom = 0;
            }
        } catch (MalformedPacketException | RuntimeException e) {
            refuseFurther();
            throw e;
        }
    }

    /** Lets go of what is kept, and refuses what follows. */
    public void close() {
        refuseFurther();
    }

    /** Whether a byte has come at all. */
    public boolean hasBegun() {
        return begun || lost || heldTo > heldFrom;
    }

    /** Whether something came of which no packet could be cut, or none that may be there: a type, a length, flags. */
    public boolean isLost() {
        return lost;
    }

    /** Whether a packet has begun whose other bytes have not come. */
    public boolean isMidPacket() {
        return !stopped && (heldTo > heldFrom || skipped != null);
    }

    /** The number of bytes kept: of a begun packet, or of all that came since the sink has said stop. */
    public int heldBytes() {
        return heldTo - heldFrom + (skipped == null ? 0 : skipped.heldBytes());
    }

    /** The bytes of memory that are held for it. */
    public int heldCapacity() {
        return held.length;
    }

    /** Passes the whole packets in the range; gives where the first byte stands that was not passed. */
    private int pass(byte[] buffer, int from, int to, Sink sink) throws MalformedPacketException {
        int at = from;
        while (at < to && !stopped) {
            int length = measure(buffer, at, to);
            if (length > maxPacketBytes) {
                at = skip(skippable(buffer, at, to, length, sink), buffer, at, to, sink);
                continue;
            }
            if (length == FixedHeader.INCOMPLETE || length > to - at) {
                return at;
            }
            if (!sink.takes(buffer[at])) {
                stopped = true;
                return at;
            }
            stopped = !sink.packet(buffer, at, length);
            at += length;
        }
        return at;
    }

    /** Adds to the one begun packet what it lacks and passes it when whole; gives how far the buffer is used. */
    private int completeHeld(byte[] buffer, int from, int to, Sink sink) throws MalformedPacketException {
        int at = from;
        int length = measure(held, heldFrom, heldTo);
        while (length == FixedHeader.INCOMPLETE) {
            if (at == to) {
                return at;
            }
            keep(buffer, at, at + 1, maxPacketBytes);
            at++;
            length = measure(held, heldFrom, heldTo);
        }
        if (length > maxPacketBytes) {
            SkippedPacket begun = skippable(held, heldFrom, heldTo, length, sink);
            skip(begun, held, heldFrom, heldTo, sink);
            release();
            return skip(begun, buffer, at, to, sink);
        }
        int taken = Math.min(length - (heldTo - heldFrom), to - at);
        keep(buffer, at, at + taken, length);
        boolean isWhole = heldTo - heldFrom == length;
        if (isWhole && !sink.takes(held[heldFrom])) {
            stopped = true;
        } else if (isWhole) {
            byte[] packet = held;
            release();
            stopped = !sink.packet(packet, 0, length);
        }
        return at + taken;
    }

    /** The length of the packet that begins at the position, checked as far as its bytes are there. */
    private int measure(byte[] buffer, int at, int to) throws MalformedPacketException {
        try {
            return checkedLength(buffer, at, to);
        } catch (MalformedPacketException e) {
            lost = true;
            throw e;
        }
    }

    private int checkedLength(byte[] buffer, int at, int to) throws MalformedPacketException {
        byte first = buffer[at];
        if (!begun) {
            if (FixedHeader.type(first) != FixedHeader.CONNECT) {
                throw new MalformedPacketException(Kind.NOT_A_CONNECT, "the first packet is not CONNECT");
            }
            begun = true;
        }
        FixedHeader.requireFromClient(first, v31);
        return FixedHeader.packetLength(buffer, at, to);
    }

    /** Begins to skip a packet over the limit, or refuses it. */
    private SkippedPacket skippable(byte[] buffer, int from, int to, int length, Sink sink)
            throws MalformedPacketException {
        if (!sink.skips(buffer, from, to, length)) {
            lost = true;
            throw new MalformedPacketException(
                    Kind.PACKET_TOO_LARGE, "a packet of " + length + " bytes, " + maxPacketBytes + " are allowed");
        }
        SkippedPacket begun = new SkippedPacket(length, maxPacketBytes);
        skipped = begun;
        return begun;
    }

    /** Lets the bytes of a packet go by; gives how far the buffer is used. */
    private int skip(SkippedPacket packet, byte[] buffer, int from, int to, Sink sink) throws MalformedPacketException {
        int at = packet.pass(buffer, from, to, sink);
        if (packet.isOver()) {
            skipped = null;
            stopped = !sink.skipped(packet.length());
        }
        return at;
    }

    /** Appends bytes to what is kept; the array at least doubles, up to {@code most} bytes. */
    private void keep(byte[] buffer, int from, int to, int most) {
        int needed = heldTo + to - from;
        if (needed > held.length) {
            long doubled = Math.min(2L * held.length, most);
            held = Arrays.copyOf(held, (int) Math.max(needed, doubled));
        }
        System.arraycopy(buffer, from, held, heldTo, to - from);
        heldTo = needed;
    }

    private void release() {
        held = NONE;
        heldFrom = 0;
        heldTo = 0;
    }

    private void refuseFurther() {
        release();
        skipped = null;
        stopped = false;
        broken = true;
    }

    private void requireWhole() throws MalformedPacketException {
        if (broken) {
            throw malformed("bytes after a malformed packet");
        }
    }
}
