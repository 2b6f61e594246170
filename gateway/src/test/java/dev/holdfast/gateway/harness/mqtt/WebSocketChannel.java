// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A WebSocket connection by hand (RFC 6455): every bit of a frame is the caller's. */
public final class WebSocketChannel implements Channel {
    public static final int CONTINUATION = 0x0;
    static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;
    public static final int FIN = 0x80;

    private static final byte[] MASK = {0x37, (byte) 0xFA, 0x21, 0x3D};

    /** A frame as it came: the first byte's opcode and FIN, and the payload. */
    public record Frame(int opcode, boolean fin, byte[] payload) {}

    private final TcpChannel tcp;
    private byte[] unread = new byte[0];
    private int closeCode = -1;
    private String closeReason = "";
    private boolean answersPings = true;

    public WebSocketChannel(TcpChannel tcp) {
        this.tcp = tcp;
    }

    public static WebSocketChannel open(int port, OpeningHandshake handshake) {
        OpeningHandshake.Answer answer = handshake.send(TcpChannel.open(port), port);
        if (answer.status() != 101) {
            answer.channel().close();
            throw new AssertionError("the upgrade was answered with " + answer);
        }
        return new WebSocketChannel(answer.channel());
    }

    /** A masked frame. */
    public static byte[] frame(int firstByte, byte[] payload) {
        ByteWriter out = new ByteWriter().one(firstByte);
        header(out, payload.length, 0x80).raw(MASK);
        for (int i = 0; i < payload.length; i++) {
            out.one(payload[i] ^ MASK[i & 3]);
        }
        return out.toBytes();
    }

    /** A frame without a mask, which only a server may send. */
    public static byte[] unmaskedFrame(int firstByte, byte[] payload) {
        return header(new ByteWriter().one(firstByte), payload.length, 0)
                .raw(payload)
                .toBytes();
    }

    private static ByteWriter header(ByteWriter out, int length, int maskBit) {
        if (length < 126) {
            return out.one(maskBit | length);
        }
        if (length < 65_536) {
            return out.one(maskBit | 126).two(length);
        }
        return out.one(maskBit | 127).four(0).four(length);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        tcp.write(frame(FIN | BINARY, bytes));
    }

    public void writeRaw(byte[] bytes) throws IOException {
        tcp.write(bytes);
    }

    /** Leaves pings without a pong from now on. */
    public void ignorePings() {
        answersPings = false;
    }

    /** The code of the close frame that came, 1005 if it had none, -1 if none came. */
    public int closeCode() {
        return closeCode;
    }

    /** The reason of the close frame that came; empty if it had none. */
    public String closeReason() {
        return closeReason;
    }

    public TcpChannel tcp() {
        return tcp;
    }

    @Override
    public int read(byte[] buffer, int timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (unread.length == 0) {
            Frame frame;
            try {
                frame = readFrame((int) TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
            } catch (EOFException end) {
                return -1;
            }
            switch (frame.opcode) {
                case BINARY, CONTINUATION -> unread = frame.payload;
                case PING -> {
                    if (answersPings) {
                        tcp.write(frame(FIN | PONG, frame.payload));
                    }
                }
                case CLOSE -> {
                    closeCode = frame.payload.length < 2
                            ? 1005
                            : ((frame.payload[0] & 0xFF) << 8) | (frame.payload[1] & 0xFF);
                    closeReason = closeCode == 1005
                            ? ""
                            : new String(frame.payload, 2, frame.payload.length - 2, StandardCharsets.UTF_8);
                    return -1;
                }
                case PONG -> {}
                default -> throw new AssertionError("the gateway sent opcode " + frame.opcode);
            }
        }
        int count = Math.min(buffer.length, unread.length);
        System.arraycopy(unread, 0, buffer, 0, count);
        unread = Arrays.copyOfRange(unread, count, unread.length);
        return count;
    }

    /** The next frame, whatever it is. */
    public Frame readFrame(int timeoutMillis) throws IOException {
        byte[] head = exactly(2, timeoutMillis);
        if ((head[0] & 0x70) != 0 || (head[1] & 0x80) != 0) {
            throw new AssertionError("the gateway sent RSV bits or a mask: " + Hex.of(head));
        }
        int length = head[1] & 0x7F;
        if (length == 126) {
            length = new ByteReader(exactly(2, timeoutMillis), 0, 2).two();
        } else if (length == 127) {
            byte[] eight = exactly(8, timeoutMillis);
            length = (int) new ByteReader(eight, 4, 8).four();
        }
        return new Frame(head[0] & 0x0F, (head[0] & 0x80) != 0, exactly(length, timeoutMillis));
    }

    private byte[] exactly(int count, int timeoutMillis) throws IOException {
        byte[] bytes = new byte[count];
        int have = 0;
        while (have < count) {
            byte[] part = new byte[count - have];
            int read = tcp.read(part, timeoutMillis);
            if (read < 0) {
                throw new EOFException();
            }
            System.arraycopy(part, 0, bytes, have, read);
            have += read;
        }
        return bytes;
    }

    @Override
    public void close() {
        tcp.close();
    }
}
