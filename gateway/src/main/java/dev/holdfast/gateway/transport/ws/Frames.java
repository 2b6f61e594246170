// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.transport.socket.Framing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the server sends: unmasked frames, RFC 6455 section 5.2. */
final class Frames {

    /** Makes what is written with one call one binary frame. */
    static final Framing BINARY = new Framing() {
        @Override
        public int headerBytes(int payloadBytes) {
            return payloadBytes <= 125 ? 2 : payloadBytes <= 0xFFFF ? 4 : 10;
        }

        @Override
        public void header(ByteBuffer out, int payloadBytes) {
            if (payloadBytes <= 125) {
                out.putShort((short) (BINARY_FRAME << 8 | payloadBytes));
            } else if (payloadBytes <= 0xFFFF) {
                out.putInt((BINARY_FRAME << 8 | 126) << 16 | payloadBytes);
            } else {
                out.putShort((short) (BINARY_FRAME << 8 | 127)).putLong(payloadBytes);
            }
        }
    };

    private static final int BINARY_FRAME = 0x82;
    private static final int PING = 0x89;
    private static final int PONG = 0x8A;
    private static final int CLOSE = 0x88;

    private Frames() {}

    static byte[] ping() {
        return frame(PING, new byte[0]);
    }

    /** A binary frame without a payload: traffic, and nothing else. */
    static byte[] empty() {
        return frame(BINARY_FRAME, new byte[0]);
    }

    static byte[] pong(byte[] payload) {
        return frame(PONG, payload);
    }

    static byte[] close(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[2 + text.length];
        payload[0] = (byte) (code >>> 8);
        payload[1] = (byte) code;
        System.arraycopy(text, 0, payload, 2, text.length);
        return frame(CLOSE, payload);
    }

    /** A close frame without a code, the answer to one without a code. */
    static byte[] close() {
        return frame(CLOSE, new byte[0]);
    }

    static byte[] copy(byte[] buffer, int offset, int length) {
        return Arrays.copyOfRange(buffer, offset, offset + length);
    }

    private static byte[] frame(int head, byte[] payload) {
        byte[] frame = new byte[2 + payload.length];
        frame[0] = (byte) head;
        frame[1] = (byte) payload.length;
        System.arraycopy(payload, 0, frame, 2, payload.length);
        return frame;
    }
}
