// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one WebSocket client, RFC 6455 section 5, as a state machine over the bytes as they come. Payload is
 * unmasked in place and passed on at once. It holds bytes only between two reads, and then no more than a header and,
 * for a control frame, its payload: {@value #HELD_BYTES} bytes at most.
 *
 * <p>A Pong and a Close are taken without a mask too, against section 5.1: Paho for Python answers our own so, and they
 * bring nothing that could be taken for anything else.
 */
final class FrameReader {

    static final int PROTOCOL_ERROR = 1002;
    static final int UNSUPPORTED_DATA = 1003;
    static final int TOO_BIG = 1009;
    private static final int POLICY = 1008;

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static final int MASKED = 0x80;
    private static final int DEFLATED = 0x40;
    private static final int CONTROL_PAYLOAD = 125;
    private static final int HELD_BYTES = 14 + CONTROL_PAYLOAD;

    /** Empty data frames that may follow one another before it is a flood. */
    private static final int EMPTY_FRAMES = 64;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final FrameSink sink;
    private final long maxFrameBytes;
    private final boolean mayDeflate;

    /** Payload bytes of the current data frame that are still to come. */
    private long remaining;

    /** The masking key, rotated so that its lowest byte is for the next payload byte. */
    private int mask;

    private boolean isInMessage;
    private boolean isDeflated;
    private boolean isDone;
    private byte emptyFrames;
    private short heldLength;
    private byte @Nullable [] held;

    /**
     * A reader.
     *
     * @param mayDeflate whether messages may be compressed (RSV1)
     */
    FrameReader(FrameSink sink, long maxFrameBytes, boolean mayDeflate) {
        this.sink = sink;
        this.maxFrameBytes = maxFrameBytes;
        this.mayDeflate = mayDeflate;
    }

    /**
     * Takes what came. The bytes are changed in place.
     *
     * @return how many bytes were dealt with: all, unless the sink has had it stop
     */
    int read(byte[] buffer, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end && !isDone && !sink.isStopped()) {
            if (remaining > 0) {
                int part = (int) Math.min(remaining, end - at);
                unmask(buffer, at, part);
                remaining -= part;
                if (isDeflated) {
                    sink.deflated(buffer, at, part, remaining == 0 && !isInMessage);
                } else {
                    sink.payload(buffer, at, part);
                }
                at += part;
            } else if (heldLength == 0) {
                int whole = wholeLength(buffer, at, end - at);
                if (isDone) {
                    return length;
                }
                if (whole <= end - at) {
                    begin(buffer, at, whole);
                    at += whole;
                } else {
                    hold(buffer[at++]);
                }
            } else {
                hold(buffer[at++]);
                byte[] start = java.util.Objects.requireNonNull(held);
                int whole = wholeLength(start, 0, heldLength);
                if (!isDone && whole <= heldLength) {
                    heldLength = 0;
                    held = null;
                    begin(start, 0, whole);
                }
            }
        }
        return isDone ? length : at - offset;
    }

    private void hold(byte value) {
        if (held == null) {
            held = new byte[HELD_BYTES];
        }
        held[heldLength++] = value;
    }

    /**
     * How many bytes a frame's header has, with the payload if it is a control frame, as far as the available ones
     * tell; more than available when they do not. What the first two bytes forbid is refused as soon as they are there.
     */
    private int wholeLength(byte[] bytes, int at, int available) {
        if (available < 2) {
            return 2;
        }
        int first = bytes[at] & 0xFF;
        int second = bytes[at + 1] & 0xFF;
        int length = second & 0x7F;
        int opcode = first & 0x0F;
        boolean isControl = opcode >= CLOSE;
        if ((first & 0x70) != 0 && !beginsDeflated(first)) {
            fail(PROTOCOL_ERROR, "reserved bits");
        } else if ((second & MASKED) == 0 && opcode != PONG && opcode != CLOSE) {
            fail(PROTOCOL_ERROR, "unmasked frame");
        } else if (isControl) {
            checkControl(opcode, (first & 0x80) != 0, length);
        } else {
            checkData(opcode);
        }
        int extended = length < 126 ? 0 : length == 126 ? 2 : 8;
        return 2 + extended + keyBytes(second) + (isControl ? length : 0);
    }

    /** RSV1 alone, in the first frame of a message, where it has been agreed upon: RFC 7692 section 6. */
    private boolean beginsDeflated(int first) {
        return mayDeflate && (first & 0x70) == DEFLATED && ((first & 0x0F) == BINARY || (first & 0x0F) == TEXT);
    }

    /** The bytes of the masking key. Only a Pong and a Close get here without one. */
    private static int keyBytes(int second) {
        return (second & MASKED) == 0 ? 0 : 4;
    }

    private void checkControl(int opcode, boolean isFinal, int length) {
        if (opcode > PONG) {
            fail(PROTOCOL_ERROR, "reserved opcode");
        } else if (!isFinal) {
            fail(PROTOCOL_ERROR, "fragmented control frame");
        } else if (length > CONTROL_PAYLOAD) {
            fail(PROTOCOL_ERROR, "control frame too long");
        }
    }

    private void checkData(int opcode) {
        if (opcode == TEXT) {
            fail(UNSUPPORTED_DATA, "binary frames only");
        } else if (opcode > BINARY) {
            fail(PROTOCOL_ERROR, "reserved opcode");
        } else if (opcode == CONTINUATION && !isInMessage) {
            fail(PROTOCOL_ERROR, "continuation without a start");
        } else if (opcode == BINARY && isInMessage) {
            fail(PROTOCOL_ERROR, "message within a message");
        }
    }

    /** A header, checked by {@link #wholeLength}, is complete. */
    private void begin(byte[] bytes, int at, int whole) {
        int opcode = bytes[at] & 0x0F;
        int length = bytes[at + 1] & 0x7F;
        if (opcode >= CLOSE) {
            int key = keyBytes(bytes[at + 1]);
            if (key > 0) {
                mask = (int) INTS.get(bytes, at + 2);
                unmask(bytes, at + 2 + key, length);
            }
            control(opcode, bytes, at + 2 + key, length);
            return;
        }
        if (opcode == BINARY) {
            isDeflated = (bytes[at] & DEFLATED) != 0;
        }
        isInMessage = (bytes[at] & 0x80) == 0;
        mask = (int) INTS.get(bytes, at + whole - 4);
        if (length == 126) {
            remaining = ((bytes[at + 2] & 0xFFL) << 8) | (bytes[at + 3] & 0xFFL);
            if (remaining < 126) {
                fail(PROTOCOL_ERROR, "length not minimal");
            }
        } else if (length == 127) {
            remaining = Long.reverseBytes((long) LONGS.get(bytes, at + 2));
            if (remaining >= 0 && remaining < 1 << 16) {
                fail(PROTOCOL_ERROR, "length not minimal");
            }
        } else {
            remaining = length;
        }
        if (remaining < 0 || remaining > maxFrameBytes) {
            fail(TOO_BIG, "frame too big");
        } else if (remaining > 0) {
            emptyFrames = 0;
        } else if (++emptyFrames > EMPTY_FRAMES) {
            fail(POLICY, "too many empty frames");
        } else if (isDeflated) {
            sink.deflated(bytes, at + whole, 0, !isInMessage);
        }
    }

    private void control(int opcode, byte[] bytes, int at, int length) {
        if (opcode == PING) {
            sink.ping(bytes, at, length);
        } else if (opcode == PONG) {
            sink.pong();
        } else {
            int code = ClosePayload.code(bytes, at, length);
            if (code < 0) {
                fail(-code, "invalid close frame");
            } else {
                isDone = true;
                sink.closeFrame(code);
            }
        }
    }

    private void fail(int code, String reason) {
        if (!isDone) {
            isDone = true;
            remaining = 0;
            held = null;
            heldLength = 0;
            sink.violation(code, reason);
        }
    }

    private void unmask(byte[] bytes, int at, int length) {
        int key = mask;
        long wide = (key & 0xFFFF_FFFFL) | (long) key << 32;
        int i = at;
        int end = at + length;
        for (; i + 8 <= end; i += 8) {
            LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ wide);
        }
        for (; i < end; i++) {
            bytes[i] ^= (byte) key;
            key = Integer.rotateRight(key, 8);
        }
        mask = key;
    }
}
