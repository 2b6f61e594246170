// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * CONNECTs of one client identifier wait for the store at two gateways: the later one wins, whichever Redis hears first, and the
 * earlier one is not connected after it. It displaced the later one where its call came, or was repeated, after that one's.
 */
final class ConnectOvertakenTest {
    private static final int CLIENTS = 8;

    @Test
    void ofTwoConnectsThatWaitForTheStoreAtTwoGatewaysTheLaterOneWins() {
        try (Cluster cluster = Cluster.start()) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            List<RawClient> earlier = new ArrayList<>();
            List<RawClient> later = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                cluster.connect(a, kept("kept" + i)).disconnect();
            }
            cluster.redis().pause();
            for (int i = 0; i < CLIENTS; i++) {
                GatewayProcess first = i % 4 < 2 ? a : b;
                earlier.add(cluster.open(first).send(i % 2 == 0 ? kept("kept" + i) : connect("clean" + i)));
            }
            // More than the gateways can be mistaken about Redis' time, and so long that each has waited.
            await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            for (int i = 0; i < CLIENTS; i++) {
                GatewayProcess second = i % 4 < 2 ? b : a;
                later.add(cluster.open(second).send(i % 2 == 0 ? kept("kept" + i) : connect("clean" + i)));
            }
            await().pollDelay(Duration.ofMillis(1_200)).until(() -> true);
            cluster.redis().resume();

            for (int i = 0; i < CLIENTS; i++) {
                assertThat(later.get(i).expect(PacketType.CONNACK).reason()).isZero();
                untilClosed(earlier.get(i));
            }
            later.forEach(RawClient::expectAlive);
        }
    }

    /** It may have been connected before the later one was. */
    private static void untilClosed(RawClient client) {
        Packet packet = client.next();
        while (packet != null) {
            assertThat(packet.type()).isIn(PacketType.CONNACK, PacketType.DISCONNECT);
            assertThat(packet.type() == PacketType.DISCONNECT ? packet.reason() : 0)
                    .isIn(0, Reason.SESSION_TAKEN_OVER);
            packet = client.next();
        }
    }
}
