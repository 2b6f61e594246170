// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.flow;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Channel;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What waits for many who do not read is in memory once, and charged once. It was copied for each of them: 1,500 readers that stalled
 * under one publisher of 20 kB messages filled a heap of 256 MB with the 3.8 MB that it had sent.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SharedOutputTest {
    private static final String OUTPUT = "mqtt_gateway_memory_held_bytes{kind=\"output\"}";
    private static final int READERS = 24;
    /** Of them, how many read on; the others go. */
    private static final int READ = 2;
    /** Of a message, whatever else it costs. */
    private static final int MESSAGE_OVERHEAD = 1_000;
    /** What a reader has for itself: the beginnings of its packets, and what waited before it was known not to read. */
    private static final int OF_ONE_READER = 36 * 1024;

    private TestGateway gateway;
    private Lab lab;

    @BeforeAll
    void start() {
        gateway = InProcessGateway.start(List.of("listeners.io-threads=2"));
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    @BeforeEach
    void open() {
        lab = new Lab(gateway);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @CsvSource({"TCP, V3_1_1, 20000", "WEBSOCKET, V5, 20000", "TCP, V5, 100000", "TCP, V3_1_1, 600"})
    void whatManyDoNotReadIsThereOnceAndComesWholeAndInOrder(ClientTransport transport, Version version, int length)
            throws IOException {
        List<RawClient> readers = new ArrayList<>();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            sockets.add(slow(transport));
            readers.add(lab.over(channel(sockets.get(i), transport, version), version)
                    .connected(lab.anonymous())
                    .subscribed(lab.topic("long"), 0)
                    .subscribed(lab.topic("end"), 1));
        }
        RawClient publisher = lab.connect(Version.V5);
        int messages = 3_000_000 / length;
        for (int i = 0; i < messages; i++) {
            publisher.send(publish(lab.topic("long"), payload(i, length)));
        }
        publisher.expectAlive();

        double held = gateway.metric(OUTPUT);
        assertThat(held).as("they have stalled").isGreaterThan(length);
        assertThat(held)
                .as("all of it, once, and a little for each")
                .isLessThan(messages * (length + MESSAGE_OVERHEAD) + READERS * OF_ONE_READER);

        publisher.published(publish(lab.topic("end"), "end").qos(1), 1);
        for (Socket socket : sockets.subList(0, READ)) {
            socket.setReceiveBufferSize(1 << 20);
        }
        for (RawClient reader : readers.subList(0, READ)) {
            int last = -1;
            for (Packet next = reader.take(); !next.text().equals("end"); next = reader.take()) {
                int number =
                        Integer.parseInt(next.text().substring(0, next.text().indexOf(':')));
                assertThat(number).isGreaterThan(last);
                assertThat(next.text()).isEqualTo(payload(number, length));
                last = number;
            }
            assertThat(last).isNotNegative();
        }
        readers.subList(READ, READERS).forEach(RawClient::close);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(gateway.metric(OUTPUT)).isZero());
    }

    private Socket slow(ClientTransport transport) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        int port = transport == ClientTransport.TCP ? gateway.tcpPort() : gateway.wsPort();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    private Channel channel(Socket socket, ClientTransport transport, Version version) {
        TcpChannel plain = TcpChannel.over(socket);
        if (transport == ClientTransport.TCP) {
            return plain;
        }
        OpeningHandshake handshake = OpeningHandshake.handshake().subprotocol(version.subprotocol);
        return new WebSocketChannel(handshake.send(plain, gateway.wsPort()).channel());
    }

    private static String payload(int number, int length) {
        String head = number + ":";
        return head + String.valueOf((char) ('a' + number % 26)).repeat(length - head.length());
    }
}
