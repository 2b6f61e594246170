// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one session's queue may hold, when the newest gives way and QoS 0 does not wait. */
@OnGateway({
    "session.max-queue-messages=5",
    "session.max-queue-bytes=2KiB",
    "limits.max-packet-size=2KiB",
    "limits.max-packet-size-before-auth=2KiB",
    "session.when-full=drop-newest",
    "session.queue-qos0=false",
    "websocket.allowed-origins=https://good.com",
    "limits.max-inflight=1"
})
final class QueueDropNewestTest {
    @ParameterizedTest
    @EnumSource
    void newestGivesWayWhenThereAreTooMany(Version version, Lab lab) {
        lab.connect(version, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(version);
        for (int i = 0; i < 8; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        RawClient back = lab.connect(version, kept(lab.id("a")));

        for (int i = 0; i < 5; i++) {
            assertThat(back.take().text()).isEqualTo("m" + i);
        }
        back.expectAlive();
    }

    @Test
    void aMemberOfASharedSubscriptionWhoseQueueIsFullPassesOn(Lab lab) { // MQTT 5.0 section 4.8.2
        lab.connect(Version.V5, kept(lab.id("a")))
                .subscribed(lab.topic("own"), 1)
                .disconnect();
        for (String member : List.of("a", "b")) {
            lab.connect(Version.V5, kept(lab.id(member)))
                    .subscribed(lab.shared("g", "a"), 1)
                    .disconnect();
        }
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 3; i++) {
            publisher.published(publish(lab.topic("own"), "own").qos(1), 1 + i);
        }

        for (int i = 0; i < 7; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        List<String> taken = new ArrayList<>();
        for (String member : List.of("a", "b")) {
            RawClient back = lab.connect(Version.V5, kept(lab.id(member)));
            for (int i = 0; i < 5; i++) {
                taken.add(back.take().text());
            }
            back.expectAlive();
        }
        assertThat(taken).containsExactlyInAnyOrder("own", "own", "own", "m0", "m1", "m2", "m3", "m4", "m5", "m6");
    }

    @Test
    void newestGivesWayWhenTheyAreTooLarge(Lab lab) {
        lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 4; i++) {
            publisher.published(publish(lab.topic("a"), i + "x".repeat(900)).qos(1), 1 + i);
        }

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.take().text()).startsWith("0");
        assertThat(back.take().text()).startsWith("1");
        back.expectAlive();
    }

    @Test
    void qos0DoesNotWaitWhenItIsNotToBeQueuedAndIsCounted(Lab lab) {
        double before = droppedOffline(lab);
        lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(Version.V5);
        publisher.send(publish(lab.topic("a"), "zero"));
        publisher.published(publish(lab.topic("a"), "one").qos(1), 1);

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.take().text()).isEqualTo("one");
        back.expectAlive();
        assertThat(droppedOffline(lab)).isEqualTo(before + 1);
    }

    private static double droppedOffline(Lab lab) {
        return lab.gateway().metric("mqtt_gateway_messages_dropped_total{cause=\"offline\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://good.com.evil.com",
                "https://evilgood.com",
                "http://good.com",
                "https://good.com:8443",
                "null",
                "https://good.com@evil.com",
                "https://good.com/"
            })
    void pageFromAnotherOriginIsForbidden(String origin, Lab lab) { // CSWSH
        TcpChannel channel = TcpChannel.open(lab.gateway().wsPort());
        lab.over(channel, Version.V5);

        OpeningHandshake.Answer answer =
                handshake().origin(origin).send(channel, lab.gateway().wsPort());

        assertThat(answer.status()).isEqualTo(403);
    }

    @Test
    void pageFromAnAllowedOriginAndClientsWithoutOneConnect(Lab lab) {
        int port = lab.gateway().wsPort();

        lab.over(WebSocketChannel.open(port, handshake().origin("https://good.com")), Version.V5)
                .connected(lab.anonymous())
                .expectAlive();
        lab.over(WebSocketChannel.open(port, handshake()), Version.V5)
                .connected(lab.anonymous())
                .expectAlive();
    }
}
