// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Channel;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What has been sent and is no whole packet is bounded over all connections. Each connection had a bound of its own and
 * their number had none: 4,600 sockets of a stranger with 60 kB each ended a gateway with 256 MB of heap within a second.
 */
@OnGateway(
        value = {"limits.connect-timeout=30s", "websocket.handshake-timeout=30s"},
        jvm = "-Xmx64m",
        alone = true)
final class UnfinishedPacketsTest {
    private static final int STRANGERS = 1_500;
    private static final int CLIENTS = 120;

    @ParameterizedTest
    @EnumSource(ClientTransport.class)
    void strangersWhoKeepMostOfAnUnfinishedConnectGiveWayAndClientsAreServed(ClientTransport transport, Lab lab)
            throws Exception {
        lab.innocentsConnect();
        byte[] part = partOf(0x10, 60_000);

        // They are read by turns: who has gone before his turn is not refused.
        crowd(
                lab,
                STRANGERS,
                number -> withBytes(lab, transport, part),
                () -> await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(lab.gateway()
                                        .metric("mqtt_gateway_rate_limited_total{kind=\"unfinished_connect\"}"))
                                .isGreaterThan(STRANGERS / 2.0)));

        lab.innocentsAreStillServed();
        lab.connect(Version.V3_1_1).expectAlive();
    }

    @Test
    void clientsWhoKeepMostOfAnUnfinishedPublishGiveWayWithQuotaExceeded(Lab lab) throws Exception {
        lab.innocentsConnect();
        byte[] part = partOf(0x30, 250_000);
        List<RawClient> hoarders = new ArrayList<>();

        for (int i = 0; i < CLIENTS; i++) {
            RawClient hoarder = lab.connect(Version.V5);
            hoarder.trySendBytes(part);
            hoarders.add(hoarder);
        }

        lab.innocentsAreStillServed();
        hoarders.get(0).expectDisconnected(0x97);
    }

    /** A packet that claims to be longer than 60 kB, its header and so much of its body. */
    private static byte[] partOf(int firstByte, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'x');
        int claimed = length + 2_000;
        byte[] header = {
            (byte) firstByte,
            (byte) ((claimed & 0x7F) | 0x80),
            (byte) (((claimed >> 7) & 0x7F) | 0x80),
            (byte) (claimed >> 14)
        };
        System.arraycopy(header, 0, bytes, 0, header.length);
        return bytes;
    }

    private static Channel withBytes(Lab lab, ClientTransport transport, byte[] bytes) {
        Channel channel = transport == ClientTransport.TCP
                ? TcpChannel.open(lab.gateway().tcpPort())
                : WebSocketChannel.open(lab.gateway().wsPort(), OpeningHandshake.handshake());
        try {
            channel.write(bytes);
        } catch (IOException cut) {
            return channel; // which is what this is about
        }
        return channel;
    }

    private static void crowd(Lab lab, int size, IntFunction<Channel> member, Runnable whileTheyAreThere) {
        List<Channel> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < size; i++) {
                crowd.add(member.apply(i));
                if (i % 500 == 0) {
                    lab.innocentsAreStillServed();
                }
            }
            whileTheyAreThere.run();
        } finally {
            crowd.forEach(Channel::close);
        }
    }
}
