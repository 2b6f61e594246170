// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * More connections than the process may have descriptors for. It took in all that it could, and then nobody for up to
 * 16 seconds after they had gone, its internal listener included.
 */
final class DescriptorLimitTest {
    private static final int DESCRIPTORS = 400;

    /** Each listener had a reserve of its own, and the sum of what they took was more than there was. */
    @Test
    void oneWhoOpensWebSocketsAndSaysNothingKeepsNobodyOut() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.startWithDescriptors(DESCRIPTORS);
                Lab lab = new Lab(gateway)) {
            // Its classes come from files here: what an end, a WebSocket and a look at the metrics need is loaded
            // before the flood.
            lab.connect(Version.V5).disconnect();
            try (TcpChannel web = TcpChannel.open(gateway.wsPort())) {
                assertThat(OpeningHandshake.handshake()
                                .send(web, gateway.wsPort())
                                .status())
                        .isEqualTo(101);
            }
            gateway.metric("mqtt_gateway_rate_limited_total{kind=\"unfinished_connect\"}");
            RawClient innocent = lab.connect(Version.V5);
            List<TcpChannel> crowd = new ArrayList<>();
            try {
                for (int i = 0; i < DESCRIPTORS; i++) {
                    crowd.add(TcpChannel.open(gateway.wsPort()));
                    crowd.add(TcpChannel.open(gateway.tcpPort()));
                }

                await().atMost(Duration.ofSeconds(10)).until(() -> isServed(gateway));
                innocent.expectAlive();
                assertThat(gateway.metric("mqtt_gateway_rate_limited_total{kind=\"unfinished_connect\"}"))
                        .isPositive();
            } finally {
                crowd.forEach(TcpChannel::close);
            }
        }
    }

    @Test
    void whenDescriptorsRunOutNewConnectionsWaitAndAllElseGoesOn() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.startWithDescriptors(DESCRIPTORS);
                Lab lab = new Lab(gateway)) {
            RawClient innocent = lab.connect(Version.V5);
            List<TcpChannel> crowd = new ArrayList<>();
            try {
                for (int i = 0; i < 2 * DESCRIPTORS; i++) {
                    TcpChannel client = TcpChannel.open(gateway.tcpPort());
                    crowd.add(client);
                    client.write(Connect.connect("crowd-" + i).encode(Version.V3_1_1));
                }

                // Read through the internal listener, which needs a descriptor too.
                await().until(() -> gateway.metric("mqtt_gateway_connections{transport=\"tcp\"}") > DESCRIPTORS / 8);
                innocent.expectAlive();
                assertThat(gateway.metric("mqtt_gateway_connections{transport=\"tcp\"}"))
                        .isLessThan(DESCRIPTORS - 60);
            } finally {
                crowd.forEach(TcpChannel::close);
            }

            await().atMost(Duration.ofSeconds(5)).until(() -> isServed(gateway));
            innocent.expectAlive();
        }
    }

    /** They have no keep alive and never go; nobody else could come in until they did. */
    @Test
    void idleClientsOfOneAddressLeaveAQuarterOfThePlacesToOthersByDefault() {
        try (GatewayProcess gateway = GatewayProcess.startWithDescriptors(
                        DESCRIPTORS,
                        "dev=false",
                        "auth.anonymous=true",
                        "limits.connect-rate=off",
                        "limits.connect-rate-per-address=off");
                Lab lab = new Lab(gateway)) {
            RawClient innocent = lab.connect(Version.V5);
            List<TcpChannel> crowd = new ArrayList<>();
            try {
                for (int i = 0; i < DESCRIPTORS; i++) {
                    TcpChannel client = TcpChannel.open(gateway.tcpPort());
                    crowd.add(client);
                    new RawClient(client, Version.V3_1_1)
                            .trySend(Connect.connect("crowd-" + i).keepAlive(0));
                }
                await().atMost(Duration.ofSeconds(30))
                        .until(() ->
                                gateway.metric("mqtt_gateway_rate_limited_total{kind=\"max_connections_per_address\"}")
                                        > DESCRIPTORS / 4);

                for (int i = 0; i < 10; i++) {
                    assertThat(isServed(gateway, "127.0.0.9")).isTrue();
                }
                innocent.expectAlive();
            } finally {
                crowd.forEach(TcpChannel::close);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> isServed(gateway));
        }
    }

    private static boolean isServed(GatewayProcess gateway) {
        return isServed(gateway, "127.0.0.1");
    }

    private static boolean isServed(GatewayProcess gateway, String from) {
        try (RawClient late = new RawClient(TcpChannel.from(from, gateway.tcpPort()), Version.V5)) {
            if (!late.trySend(Connect.connect("late"))) {
                return false;
            }
            Packet answer = late.next();
            return answer != null && answer.type() == PacketType.CONNACK;
        }
    }
}
