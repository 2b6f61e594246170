// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A raw socket that can also speak WebSocket, rightly or wrongly. */
public final class RawSocketClient implements AutoCloseable {

    public static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    public final Socket socket;
    private final DataInputStream in;

    public RawSocketClient(InetSocketAddress address) throws IOException {
        this(new Socket(), address);
    }

    public RawSocketClient(Socket socket, InetSocketAddress address) throws IOException {
        this.socket = socket;
        if (!socket.isConnected()) {
            socket.connect(address);
        }
        socket.setSoTimeout(5_000);
        socket.setTcpNoDelay(true);
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** A client whose WebSocket is open. */
    public static RawSocketClient webSocket(InetSocketAddress address) throws IOException {
        RawSocketClient client = new RawSocketClient(address);
        client.upgrade();
        return client;
    }

    public void upgrade() throws IOException {
        send(request("/mqtt"));
        String answer = head();
        if (!answer.startsWith("HTTP/1.1 101 ")) {
            throw new IOException(answer);
        }
    }

    /** A right upgrade request, with more headers or with another value for one of its own. */
    public static String request(String target, String... headers) {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\n");
        String[] own = {
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: keep-alive, Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: " + KEY,
            "Sec-WebSocket-Protocol: mqtt"
        };
        for (String header : own) {
            String name = header.substring(0, header.indexOf(':') + 1);
            if (Arrays.stream(headers).noneMatch(other -> other.startsWith(name))) {
                request.append(header).append("\r\n");
            }
        }
        for (String header : headers) {
            if (!header.endsWith(":")) {
                request.append(header).append("\r\n");
            }
        }
        return request.append("\r\n").toString();
    }

    /** The status line and headers of an answer. */
    public String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** What comes until the server ends the connection. */
    public String rest() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    public int status() throws IOException {
        return Integer.parseInt(head().substring(9, 12));
    }

    public void send(String ascii) throws IOException {
        send(ascii.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    public byte[] read(int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    /** Whether the server has ended the connection, in order or with a reset. */
    public boolean isEnded() throws IOException {
        try {
            while (in.read() >= 0) {
                // What is still under way.
            }
            return true;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** A masked frame; the first byte says FIN, RSV and opcode. */
    public static byte[] frame(int first, byte[] payload) {
        int extended = payload.length < 126 ? 0 : payload.length < 65536 ? 2 : 8;
        byte[] frame = new byte[2 + extended + 4 + payload.length];
        frame[0] = (byte) first;
        frame[1] = (byte) (0x80 | (extended == 0 ? payload.length : extended == 2 ? 126 : 127));
        for (int i = 0; i < extended; i++) {
            frame[1 + extended - i] = (byte) ((long) payload.length >>> (8 * i));
        }
        byte[] mask = {0x37, (byte) 0xFA, 0x21, 0x3D};
        System.arraycopy(mask, 0, frame, 2 + extended, 4);
        for (int i = 0; i < payload.length; i++) {
            frame[6 + extended + i] = (byte) (payload[i] ^ mask[i % 4]);
        }
        return frame;
    }

    public static byte[] binary(byte[] payload) {
        return frame(0x82, payload);
    }

    /** The first byte of the next frame and, in {@code payload}, what it holds. */
    public Frame readFrame() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = (int) in.readLong();
        }
        return new Frame(first, read(length));
    }

    /** Payload of data frames until there are so many bytes. */
    public byte[] readPayload(int length) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < length) {
            Frame frame = readFrame();
            if (frame.first() != 0x82) {
                throw new IOException("a frame of another kind: " + frame.first());
            }
            all.write(frame.payload());
        }
        return all.toByteArray();
    }

    /** The code of the close frame that comes next. */
    public int closeCode() throws IOException {
        Frame frame = readFrame();
        if (frame.first() != 0x88) {
            throw new IOException("no close frame but " + frame.first());
        }
        byte[] payload = frame.payload();
        return payload.length == 0 ? 1005 : ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
    }

    /** Closes the socket before the test is over. */
    public void hangUp() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A frame from the server. */
    public record Frame(int first, byte[] payload) {}
}
