// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one session's queue may hold, when the oldest gives way. */
@OnGateway({
    "session.max-queue-messages=5",
    "session.max-queue-bytes=2KiB",
    "limits.max-packet-size=2KiB",
    "limits.max-packet-size-before-auth=2KiB",
    "session.when-full=drop-oldest"
})
final class QueueLimitsTest {
    @ParameterizedTest
    @EnumSource
    void oldestGivesWayWhenThereAreTooMany(Version version, Lab lab) {
        lab.connect(version, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(version);
        for (int i = 0; i < 8; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        RawClient back = lab.connect(version, kept(lab.id("a")));

        for (int i = 3; i < 8; i++) {
            assertThat(back.take().text()).isEqualTo("m" + i);
        }
        back.expectAlive();
    }

    @Test
    void aResumedClientIsToldWhatWaitsForItAndWhatItHasLost(Lab lab) {
        lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 8; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.connack().properties().all(Prop.USER_PROPERTY))
                .containsExactly(new Properties.Pair("queued", "5"), new Properties.Pair("dropped", "3"));
        RawClient tight = lab.connect(Version.V5, kept(lab.id("a")).with(Prop.MAXIMUM_PACKET_SIZE, 40));
        assertThat(tight.connack().properties().all(Prop.USER_PROPERTY)).isEmpty(); // [MQTT-3.2.2-20]
        RawClient begins = lab.connect(Version.V5, kept(lab.id("b")));
        assertThat(begins.connack().properties().all(Prop.USER_PROPERTY)).isEmpty();
    }

    @Test
    void oldestGivesWayWhenTheyAreTooLarge(Lab lab) {
        lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 4; i++) {
            publisher.published(publish(lab.topic("a"), i + "x".repeat(900)).qos(1), 1 + i);
        }

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.take().text()).startsWith("2");
        assertThat(back.take().text()).startsWith("3");
        back.expectAlive();
    }

    @Test
    void whatHasGivenWayDoesNotGoToAnotherMemberOfASharedSubscription(Lab lab) {
        String filter = lab.shared("g", "a");
        RawClient slow = lab.connect(Version.V5, kept(lab.id("a")).with(Prop.RECEIVE_MAXIMUM, 1));
        slow.subscribed(filter, 1);
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 20; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }
        slow.expectPublish("m0");
        RawClient stays = lab.connect(Version.V5).subscribed(filter, 1);

        slow.vanish();

        for (int number : new int[] {0, 16, 17, 18, 19}) {
            assertThat(stays.take().text()).isEqualTo("m" + number);
        }
        stays.expectAlive();
    }

    @Test
    void unacknowledgedMessagesDoNotGiveWay(Lab lab) { // their packet identifiers are the client's
        RawClient client = lab.connect(Version.V5, kept(lab.id("a")).with(Prop.RECEIVE_MAXIMUM, 2));
        client.subscribed(lab.topic("a"), 1);
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 9; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        assertThat(client.take().text()).isEqualTo("m0");
        assertThat(client.take().text()).isEqualTo("m1");
        for (int i = 6; i < 9; i++) {
            assertThat(client.take().text()).isEqualTo("m" + i);
        }
        client.expectAlive();
    }
}
