// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shared subscriptions whose members are at several gateways, or were (MQTT 5.0 section 4.8.2). */
final class SharedElsewhereTest {
    private static final int MESSAGES = 12;

    private static Cluster cluster;
    private static GatewayProcess a;
    private static GatewayProcess b;
    private static GatewayProcess c;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        a = cluster.gateway();
        b = cluster.gateway();
        c = cluster.gateway("session.queue-qos0=false");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /**
     * A gateway went on taking a member for connected where it had last been. The only one that was had 13 of 40 messages at
     * QoS 0, for ever; at higher QoS one stayed in the queue of each that was away.
     */
    @ParameterizedTest
    @CsvSource({"0, clean", "1, clean", "2, clean", "0, kept", "1, kept", "2, kept"})
    void whoIsConnectedHasAllWhateverGatewayTheOthersHaveLeft(int qos, String kind) {
        for (GatewayProcess publishing : List.of(a, b, c)) {
            String name = "left-" + qos + kind + publishing.tcpPort();
            String filter = "$share/g/" + name;
            List<RawClient> away = List.of(
                    cluster.connect(b, Connect.kept(name + "-1")).subscribed(filter, 2),
                    cluster.connect(b, Connect.kept(name + "-2")).subscribed(filter, 2),
                    cluster.connect(c, Connect.kept(name + "-3")).subscribed(filter, 2));
            Connect last = "kept".equals(kind) ? Connect.kept(name) : Connect.connect(name);
            RawClient member = cluster.connect(a, last).subscribed(filter, 2);
            RawClient publisher = cluster.connect(publishing, Connect.connect(name + "-pub"));
            away.forEach(RawClient::disconnect);

            List<String> texts =
                    IntStream.range(0, MESSAGES).mapToObj(i -> "m" + i).toList();
            for (int i = 0; i < MESSAGES; i++) {
                publisher.published(Publish.publish(name, texts.get(i)).qos(qos), 1 + i);
            }

            assertThat(IntStream.range(0, MESSAGES)
                            .mapToObj(i -> member.take().text())
                            .toList())
                    .containsExactlyInAnyOrderElementsOf(texts);
            member.expectAlive();
        }
    }
}
