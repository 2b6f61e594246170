// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.fault.rig.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What HAProxy's converters for MQTT take of that which clients send, and so why {@code haproxy.cfg} has none of them. Its README has
 * this as a table.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConverterTest {
    private static final byte[] SUBSCRIBE = {(byte) 0x82, 6, 0, 1, 0, 1, 'a', 0};
    private static final int BUFFER_SIZE = 16_384;

    private final int port = FreePorts.first(1);
    private ServerSocket gateway;
    private Program haproxy;

    /** A CONNECT, and whether it gets through. */
    private enum Sent {
        MQTT_3_1(true, connect("MQIsdp", 3, 2, "", "a")),
        MQTT_3_1_1(true, connect("MQTT", 4, 2, "", "a")),
        MQTT_3_1_1_OF_A_MOSQUITTO_BRIDGE(false, connect("MQTT", 0x84, 2, "", "a")),
        MQTT_3_1_1_WITHOUT_A_CLIENT_IDENTIFIER(true, connect("MQTT", 4, 2, "", "")),
        MQTT_3_1_1_WITH_A_TOKEN_OF_8_KB(true, connect("MQTT", 4, 0xC2, "", "a", "u", "x".repeat(8_192))),
        MQTT_3_1_1_WITH_A_TOKEN_BEYOND_ITS_BUFFER(
                false, connect("MQTT", 4, 0xC2, "", "a", "u", "x".repeat(BUFFER_SIZE))),
        MQTT_5(true, connect("MQTT", 5, 2, "\0", "a")),
        MQTT_5_WITH_A_SESSION_EXPIRY(true, connect("MQTT", 5, 2, "\5\21\0\0\16\20", "a")),
        MQTT_5_WITH_ENHANCED_AUTHENTICATION(true, connect("MQTT", 5, 2, "\10\25\0\1J\26\0\1x", "a")),
        MQTT_5_WITH_A_WILL_THAT_HAS_PROPERTIES(true, connectWithWill()),
        MQTT_5_WITH_A_SUBSCRIBE_BEHIND_IT(true, plus(connect("MQTT", 5, 2, "\0", "a"), SUBSCRIBE));

        private static final String RAW = "raw:";

        private final boolean isTaken;
        private final String bytes;

        Sent(boolean isTaken, byte[] bytes) {
            this.isTaken = isTaken;
            this.bytes = new String(bytes, StandardCharsets.ISO_8859_1);
        }

        private static byte[] connectWithWill() {
            // Clean start and a will; the will's properties are its delay.
            return connect("MQTT", 5, 6, "\0", "a", RAW + "\5\30\0\0\0\5", "will", "gone");
        }

        /** A field is a text with its length before it, or bytes as they stand behind {@link #RAW}. */
        private static byte[] connect(String name, int level, int flags, String properties, String... fields) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            text(body, name);
            body.write(level);
            body.write(flags);
            body.write(0);
            body.write(60);
            body.writeBytes(properties.getBytes(StandardCharsets.ISO_8859_1));
            for (String field : fields) {
                if (field.startsWith(RAW)) {
                    body.writeBytes(field.substring(RAW.length()).getBytes(StandardCharsets.ISO_8859_1));
                } else {
                    text(body, field);
                }
            }
            ByteArrayOutputStream packet = new ByteArrayOutputStream();
            packet.write(0x10);
            int left = body.size();
            do {
                packet.write(left > 127 ? left % 128 | 0x80 : left);
                left /= 128;
            } while (left > 0);
            packet.writeBytes(body.toByteArray());
            return packet.toByteArray();
        }

        private static void text(ByteArrayOutputStream out, String text) {
            out.write(text.length() >> 8);
            out.write(text.length());
            out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        private static byte[] plus(byte[] one, byte[] other) {
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.writeBytes(one);
            both.writeBytes(other);
            return both.toByteArray();
        }
    }

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        gateway = new ServerSocket(0);
        Path file = Files.writeString(
                directory.resolve("haproxy.cfg"), """
                global
                  maxconn 100
                  tune.bufsize %d
                defaults
                  mode tcp
                  timeout connect 1s
                  timeout client 10s
                  timeout server 10s
                frontend mqtt
                  bind 127.0.0.1:%d
                  tcp-request inspect-delay 500ms
                  tcp-request content reject unless { req.payload(0,0),mqtt_is_valid }
                  default_backend gateway
                backend gateway
                  server one 127.0.0.1:%d
                """.formatted(BUFFER_SIZE, port, gateway.getLocalPort()));
        haproxy = Program.start(Map.of(), directory, List.of(Program.find("haproxy"), "-db", "-f", file.toString()));
        await().ignoreExceptionsInstanceOf(IOException.class).until(() -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            }
        });
    }

    @AfterAll
    void stop() throws IOException {
        haproxy.close();
        gateway.close();
    }

    @ParameterizedTest
    @EnumSource
    void aConnectGetsThroughOrDoesNot(Sent sent) throws IOException {
        gateway.setSoTimeout(1_500);
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream().write(sent.bytes.getBytes(StandardCharsets.ISO_8859_1));
            boolean isTaken;
            try (Socket accepted = gateway.accept()) {
                isTaken = accepted.isConnected();
            } catch (SocketTimeoutException refused) {
                isTaken = false;
            }
            assertThat(isTaken).as("%s, %s", sent, Program.find("haproxy")).isEqualTo(sent.isTaken);
        }
    }
}
