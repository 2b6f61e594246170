// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The PROXY protocol before MQTT. */
class ProxyProtocolTest {

    private final Server server = Server.echoing();
    private final InetSocketAddress address = server.tcp(new ListenerOptions(true, null));

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void versionOneNamesTheClient() throws Exception {
        assertThat(peer("PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n")).isEqualTo("192.0.2.7:56324");
        assertThat(peer("PROXY TCP6 2001:db8::7 2001:db8::1 56324 1883\r\n")).isEqualTo("[2001:db8:0:0:0:0:0:7]:56324");
    }

    @Test
    void versionOneUnknownKeepsTheSocketsAddress() throws Exception {
        assertThat(peer("PROXY UNKNOWN\r\n")).startsWith("127.0.0.1:");
        assertThat(peer("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"))
                .startsWith("127.0.0.1:");
    }

    @Test
    void versionTwoNamesTheClient() throws Exception {
        assertThat(peer(version2(0x21, 0x11, addresses("192.0.2.7", "198.51.100.1"))))
                .isEqualTo("192.0.2.7:56324");
        assertThat(peer(version2(0x21, 0x21, addresses("2001:db8::7", "2001:db8::1"))))
                .isEqualTo("[2001:db8:0:0:0:0:0:7]:56324");
    }

    @Test
    void versionTwoLocalAndUnspecifiedKeepTheSocketsAddress() throws Exception {
        assertThat(peer(version2(0x20, 0x00, new byte[0]))).startsWith("127.0.0.1:");
        assertThat(peer(version2(0x21, 0x00, new byte[3]))).startsWith("127.0.0.1:");
    }

    @Test
    void versionTwoMayCarryMoreThanAddresses() throws Exception {
        byte[] addresses = addresses("192.0.2.7", "198.51.100.1");
        byte[] withTlvs = java.util.Arrays.copyOf(addresses, 520);

        assertThat(peer(version2(0x21, 0x11, withTlvs))).isEqualTo("192.0.2.7:56324");
    }

    @Test
    void theHeaderMayComeByteByByte() throws Exception {
        for (String header : List.of(
                "PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n",
                version2(0x21, 0x11, addresses("192.0.2.7", "198.51.100.1")))) {
            try (RawSocketClient client = new RawSocketClient(address)) {
                for (byte one : (header + "hi").getBytes(ISO_8859_1)) {
                    client.send(new byte[] {one});
                }

                assertThat(client.read(2)).asString(US_ASCII).isEqualTo("hi");
                assertThat(server.next().wire.peer().host()).isEqualTo("192.0.2.7");
            }
        }
    }

    @Test
    void garbageClosesTheConnectionBeforeAnybodyHearsOfIt() throws Exception {
        byte[] noise = new byte[600];
        new Random(3).nextBytes(noise);
        noise[0] = 13;
        for (String wrong : List.of(
                "\u0010\u000c\u0000\u0004MQTT\u0004\u0002\u0000\u0000\u0000\u0000",
                "PROXY TCP4 192.0.2.7\r\n",
                "PROXY TCP4 192.0.2.777 198.51.100.1 56324 1883\r\n",
                "PROXY TCP4 good.example 198.51.100.1 56324 1883\r\n",
                "PROXY TCP4 ::1 ::1 56324 1883\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 65536 1883\r\n",
                "PROXY TCP5 192.0.2.7 198.51.100.1 1 1883\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 1 1883\n and more without an end",
                "PROXY TCP4 " + "1".repeat(200) + "\r\n",
                "GET /mqtt HTTP/1.1\r\n\r\n",
                version2(0x31, 0x11, addresses("192.0.2.7", "198.51.100.1")),
                version2(0x22, 0x11, addresses("192.0.2.7", "198.51.100.1")),
                version2(0x21, 0x12, addresses("192.0.2.7", "198.51.100.1")),
                version2(0x21, 0x11, new byte[11]),
                new String(noise, ISO_8859_1))) {
            server.refused.clear();
            try (RawSocketClient client = new RawSocketClient(address)) {
                client.send(wrong);

                assertThat(client.isEnded()).as(wrong).isTrue();
                await().until(() -> server.refused.contains("proxy_header"));
            }
        }
        assertThat(server.hasNone()).isTrue();
    }

    /**
     * A balancer that passes on client certificates, SNI and unique ids has headers of kilobytes; those above 536 bytes were
     * reset.
     */
    @Test
    void whatFollowsTheAddressesOfVersionTwoMayBeAsLongAsItCanAnnounce() throws Exception {
        byte[] from = addresses("192.0.2.7", "198.51.100.1");
        for (int extra : List.of(1, 220, 504, 505, 4_096, 65_535 - from.length)) {
            byte[] rest = Arrays.copyOf(from, from.length + extra);
            Arrays.fill(rest, from.length, rest.length, (byte) 'x');

            assertThat(peer(version2(0x21, 0x11, rest)))
                    .as("%d more bytes", extra)
                    .isEqualTo("192.0.2.7:56324");
        }
        assertThat(peer(version2(0x20, 0x00, new byte[4_096]))).startsWith("127.0.0.1:");
    }

    @Test
    void aHeaderThatNeverComesIsNotWaitedForLong() throws Exception {
        try (RawSocketClient client = new RawSocketClient(address)) {
            assertThat(client.isEnded()).isTrue();
            await().atMost(Duration.ofSeconds(1)).until(() -> server.refused.contains("proxy_header"));
        }
    }

    private String peer(String header) throws IOException, InterruptedException {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(header + "hi");

            assertThat(client.read(2)).asString(US_ASCII).isEqualTo("hi");
            return server.next().wire.peer().address();
        }
    }

    private static String version2(int command, int family, byte[] rest) {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes(new byte[] {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10});
        header.write(command);
        header.write(family);
        header.write(rest.length >> 8);
        header.write(rest.length);
        header.writeBytes(rest);
        return header.toString(ISO_8859_1);
    }

    private static byte[] addresses(String from, String to) throws IOException {
        ByteArrayOutputStream addresses = new ByteArrayOutputStream();
        addresses.writeBytes(InetAddress.getByName(from).getAddress());
        addresses.writeBytes(InetAddress.getByName(to).getAddress());
        addresses.writeBytes(new byte[] {(byte) (56324 >> 8), (byte) 56324, 7, 91});
        return addresses.toByteArray();
    }
}
