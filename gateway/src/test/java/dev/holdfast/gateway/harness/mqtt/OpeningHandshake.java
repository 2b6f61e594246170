// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A WebSocket opening handshake under construction (RFC 6455 section 4.1), and what was answered. */
public final class OpeningHandshake {
    /** The answer's status, headers by lower-case name, and the channel it came on. */
    public record Answer(int status, Map<String, String> headers, TcpChannel channel) {}

    private static final int TIMEOUT_MILLIS = 10_000;

    private final List<String> headers = new ArrayList<>();
    private String requestLine = "GET /mqtt HTTP/1.1";
    private String subprotocol = "mqtt";
    private String version = "13";

    public static OpeningHandshake handshake() {
        return new OpeningHandshake();
    }

    public OpeningHandshake path(String path) {
        requestLine = "GET " + path + " HTTP/1.1";
        return this;
    }

    public OpeningHandshake requestLine(String line) {
        requestLine = line;
        return this;
    }

    /** What Sec-WebSocket-Protocol offers; empty leaves the header out. */
    public OpeningHandshake subprotocol(String offered) {
        subprotocol = offered;
        return this;
    }

    public OpeningHandshake version(String number) {
        version = number;
        return this;
    }

    public OpeningHandshake header(String name, String value) {
        headers.add(name + ": " + value);
        return this;
    }

    public OpeningHandshake origin(String origin) {
        return header("Origin", origin);
    }

    public byte[] request(int port) {
        StringBuilder text = new StringBuilder(requestLine)
                .append("\r\nHost: 127.0.0.1:")
                .append(port)
                .append("\r\nUpgrade: websocket\r\nConnection: Upgrade")
                .append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: ")
                .append(version);
        if (!subprotocol.isEmpty()) {
            text.append("\r\nSec-WebSocket-Protocol: ").append(subprotocol);
        }
        for (String header : headers) {
            text.append("\r\n").append(header);
        }
        return text.append("\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Sends it and reads the answer's head; a status of 0 means that the gateway closed without one. */
    public Answer send(TcpChannel channel, int port) {
        try {
            channel.write(request(port));
        } catch (IOException refusedMidway) {
            return readAnswer(channel);
        }
        return readAnswer(channel);
    }

    public static Answer readAnswer(TcpChannel channel) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        byte[] one = new byte[1];
        try {
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                if (channel.read(one, TIMEOUT_MILLIS) < 0) {
                    return new Answer(0, Map.of(), channel);
                }
                head.write(one[0]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no answer to the opening handshake", e);
        }
        List<String> lines = head.toString(StandardCharsets.ISO_8859_1).lines().toList();
        Map<String, String> headers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        return new Answer(Integer.parseInt(lines.get(0).split(" ", -1)[1]), headers, channel);
    }
}
