// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

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

    /** How a member's session comes to its end. */
    enum End {
        GOODBYE,
        EXPIRED,
        CLEAN_START
    }

    /** Who else is a member. */
    enum Other {
        KEPT_HERE,
        KEPT_ELSEWHERE,
        KEPT_AND_AWAY,
        CLEAN_ELSEWHERE
    }

    /**
     * Only a member that was clean, or at the same gateway, got what another one had been given and had not acknowledged when
     * its session ended; for all others it was lost though its publisher had been told that it was safe.
     */
    @ParameterizedTest
    @EnumSource(End.class)
    void whatAMemberHasNotAcknowledgedWhenItsSessionEndsReachesAnotherOneWhereverThatIs(End end) {
        for (Other other : Other.values()) {
            String name = "leaving-" + end + other;
            String filter = "$share/g/" + name;
            Connect leaver = new Connect(name)
                    .cleanStart(false)
                    .with(Prop.RECEIVE_MAXIMUM, 3)
                    .with(Prop.SESSION_EXPIRY_INTERVAL, end == End.EXPIRED ? 1 : 600);
            RawClient leaving = cluster.connect(b, leaver).subscribed(filter, 2);
            RawClient publisher = cluster.connect(a, Connect.connect(name + "-pub"));
            for (int i = 0; i < 6; i++) {
                publisher.published(Publish.publish(name, "m" + i).qos(1), 1 + i);
            }
            leaving.expectPublish("m0");
            leaving.expectPublish("m1");
            GatewayProcess its = other == Other.KEPT_HERE ? b : a;
            Connect connect =
                    other == Other.CLEAN_ELSEWHERE ? Connect.connect(name + "-other") : Connect.kept(name + "-other");
            RawClient member = cluster.connect(its, connect).subscribed(filter, 2);
            if (other == Other.KEPT_AND_AWAY) {
                member.disconnect();
            }

            switch (end) {
                case GOODBYE -> leaving.send(Packets.disconnect(0x00).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
                case EXPIRED -> leaving.close();
                case CLEAN_START -> cluster.connect(c, leaver.cleanStart(true));
            }

            Set<String> texts = new TreeSet<>();
            if (other == Other.KEPT_AND_AWAY) {
                member = cluster.connect(a, connect);
            }
            while (texts.size() < 6) {
                texts.add(member.take().text());
            }
            assertThat(texts).containsExactly("m0", "m1", "m2", "m3", "m4", "m5");
            member.expectAlive();
        }
    }

    /** What has begun at QoS 2 is its receiver's alone [MQTT-4.8.2-5]; what waited behind it is not. */
    @ParameterizedTest
    @EnumSource(Other.class)
    void atQos2OnlyWhatHadNotBeenSentReachesAnotherMember(Other other) {
        String name = "leaving-2" + other;
        String filter = "$share/g/" + name;
        RawClient leaving = cluster.connect(b, Connect.kept(name).with(Prop.RECEIVE_MAXIMUM, 2))
                .subscribed(filter, 2);
        RawClient publisher = cluster.connect(a, Connect.connect(name + "-pub"));
        for (int i = 0; i < 5; i++) {
            publisher.published(Publish.publish(name, "m" + i).qos(2), 1 + i);
        }
        Packet received = leaving.expectPublish("m0");
        leaving.expectPublish("m1");
        leaving.send(Packets.ack(PacketType.PUBREC, received.packetId()));
        leaving.expect(PacketType.PUBREL);
        Connect connect =
                other == Other.CLEAN_ELSEWHERE ? Connect.connect(name + "-other") : Connect.kept(name + "-other");
        RawClient member =
                cluster.connect(other == Other.KEPT_HERE ? b : a, connect).subscribed(filter, 2);
        if (other == Other.KEPT_AND_AWAY) {
            member.disconnect();
        }

        leaving.send(Packets.disconnect(0x00).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
        leaving.expectClosed();

        if (other == Other.KEPT_AND_AWAY) {
            member = cluster.connect(a, connect);
        }
        assertThat(List.of(
                        member.take().text(),
                        member.take().text(),
                        member.take().text()))
                .containsExactly("m2", "m3", "m4");
        member.expectAlive();
    }
}
