// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.store;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Redis has lost the attach of a live connection and refuses what comes with it, as an older master does for which an attach comes
 * that the newer one had answered: the session tells it, and asks again for what was refused. A read that had been refused was
 * waited for for ever: its subscriber got nothing more, and the store had no subscription of its any more.
 */
final class ForgottenAttachTest {
    private static Cluster cluster;
    private static GatewayProcess gateway;
    private RawClient publisher;
    private String epoch = "";

    @BeforeAll
    static void start() {
        cluster = Cluster.start("session.max-queue-messages=5");
        gateway = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void come() {
        publisher = cluster.connect(gateway, Connect.connect("pub"));
    }

    @AfterEach
    void leave() {
        publisher.disconnect();
    }

    @Test
    void aReadThatWasRefusedIsRepeatedAndTheSubscriptionsAreKept() {
        RawClient client = connect("read", 1);
        for (int i = 0; i < 5; i++) {
            publish(i, 1);
        }
        Packet first = client.expectPublish("m0");

        forgetAttachOf("read");
        publish(5, 1); // the oldest gives way, and what has not been sent is read again
        untilAttachIsKnownOf("read");

        client.send(ack(PUBACK, first.packetId()));
        for (int i = 2; i <= 5; i++) {
            assertThat(client.take().text()).isEqualTo("m" + i);
        }
        assertThat(cluster.redis().command("HEXISTS", "hf:{read}", "+t")).isEqualTo("1");
        client.disconnect();
    }

    @Test
    void aReleaseThatWasRefusedIsRepeated() {
        RawClient client = connect("release", 2);
        publish(0, 2);
        Packet packet = client.expectPublish("m0");

        forgetAttachOf("release");
        client.send(ack(PUBREC, packet.packetId()));

        client.expectAck(PUBREL, packet.packetId());
        client.send(ack(PUBCOMP, packet.packetId()));
        client.expectAlive();
        client.disconnect();
    }

    @Test
    void anAcknowledgementThatWasRefusedIsRepeated() {
        RawClient client = connect("acknowledge", 1);
        publish(0, 1);
        Packet first = client.expectPublish("m0");

        forgetAttachOf("acknowledge");
        client.send(ack(PUBACK, first.packetId()));

        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        cluster.redis().command("LLEN", "hf:{acknowledge}q").equals("0"));
        client.expectAlive();
        client.disconnect();
    }

    /** It has Receive Maximum 1, and comes back to a session that Redis has not lost. */
    private RawClient connect(String name, int qos) {
        cluster.connect(gateway, kept(name)).subscribed("t", qos).disconnect();
        return cluster.connect(gateway, kept(name).with(Prop.RECEIVE_MAXIMUM, 1));
    }

    private void publish(int number, int qos) {
        publisher.published(Publish.publish("t", "m" + number).qos(qos), 1 + number);
    }

    private void forgetAttachOf(String name) {
        epoch = cluster.redis().command("HGET", "hf:{" + name + "}", "e");
        cluster.redis().command("HINCRBY", "hf:{" + name + "}", "e", "-1000");
    }

    private void untilAttachIsKnownOf(String name) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> cluster.redis()
                        .command("HGET", "hf:{" + name + "}", "e")
                        .equals(epoch));
    }
}
