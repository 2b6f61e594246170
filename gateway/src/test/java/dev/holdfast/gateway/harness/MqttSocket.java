// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** An MQTT 3.1.1 client of a few packets, each shorter than 128 bytes. Blocking, two seconds for each answer. */
public final class MqttSocket implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 2_000;

    private final Socket socket;
    private final DataInputStream in;

    public MqttSocket(InetSocketAddress address) throws IOException {
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
    }

    /** A client that is connected; {@code kept} is clean session 0. */
    public static MqttSocket connected(InetSocketAddress address, String clientId, boolean kept) throws IOException {
        MqttSocket client = new MqttSocket(address);
        client.connect(clientId, kept);
        if (!client.next().startsWith("2002") || client.lastCode != 0) {
            throw new AssertionError("not connected: code " + client.lastCode);
        }
        return client;
    }

    private int lastCode;
    private boolean lastSessionPresent;

    public MqttSocket connect(String clientId, boolean kept) throws IOException {
        return send(0x10, "00044d51545404" + (kept ? "00" : "02") + "003c" + text(clientId));
    }

    public MqttSocket subscribe(String filter, int qos) throws IOException {
        return send(0x82, "0001" + text(filter) + "0" + qos);
    }

    /** Publishes with QoS 1. */
    public MqttSocket publish(String topic, String payload) throws IOException {
        String bytes = HexFormat.of().formatHex(payload.getBytes(StandardCharsets.UTF_8));
        return send(0x32, text(topic) + "0001" + bytes);
    }

    /** Publishes with QoS 1 and RETAIN. */
    public MqttSocket publishRetained(String topic, String payload) throws IOException {
        String bytes = HexFormat.of().formatHex(payload.getBytes(StandardCharsets.UTF_8));
        return send(0x33, text(topic) + "0001" + bytes);
    }

    public MqttSocket ping() throws IOException {
        return send(0xC0, "");
    }

    private static String text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().toHexDigits((short) utf8.length) + HexFormat.of().formatHex(utf8);
    }

    private MqttSocket send(int firstByte, String body) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(body);
        byte[] packet = new byte[bytes.length + 2];
        packet[0] = (byte) firstByte;
        packet[1] = (byte) bytes.length;
        System.arraycopy(bytes, 0, packet, 2, bytes.length);
        socket.getOutputStream().write(packet);
        return this;
    }

    /** The next packet in hexadecimal digits, empty at the end of the stream. */
    public String next() throws IOException {
        int first = in.read();
        if (first < 0) {
            return "";
        }
        byte[] body = new byte[in.readUnsignedByte()];
        in.readFully(body);
        if (first >> 4 == 2) {
            lastSessionPresent = body[0] == 1;
            lastCode = body[1];
        }
        return HexFormat.of().toHexDigits((byte) first)
                + HexFormat.of().toHexDigits((byte) body.length)
                + HexFormat.of().formatHex(body);
    }

    /** What the last CONNACK said. */
    public boolean wasSessionPresent() {
        return lastSessionPresent;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
