// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.shared;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.Refusals;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shared subscriptions (MQTT 5.0 section 4.8.2), which this gateway gives to older clients too. */
@OnGateway
final class SharedSubscriptionTest {
    @ParameterizedTest
    @EnumSource
    void membersTakeTurns(Dialect dialect, Lab lab) { // section 4.8.2
        String filter = lab.shared("g", "jobs/+");
        List<RawClient> members = List.of(
                lab.connect(dialect).subscribed(filter, 1),
                lab.connect(dialect).subscribed(filter, 1),
                lab.connect(dialect).subscribed(filter, 1));
        RawClient publisher = lab.connect(dialect);

        for (int i = 0; i < 12; i++) {
            publisher.published(publish(lab.topic("jobs/" + i), "m" + i).qos(1), 1 + i);
        }

        List<String> all = new ArrayList<>();
        for (RawClient member : members) {
            for (int i = 0; i < 4; i++) {
                all.add(member.take().text());
            }
        }
        for (RawClient member : members) {
            member.expectAlive();
        }
        assertThat(all).doesNotHaveDuplicates().hasSize(12);
    }

    @ParameterizedTest
    @EnumSource
    void everyGroupAndEveryOrdinarySubscriptionGetsACopy(Version version, Lab lab) {
        RawClient one = lab.connect(version).subscribed(lab.shared("g1", "a"), 1);
        RawClient two = lab.connect(version).subscribed(lab.shared("g2", "a"), 1);
        RawClient plain = lab.connect(version).subscribed(lab.topic("a"), 1);

        lab.connect(version).published(publish(lab.topic("a"), "m").qos(1), 1);

        assertThat(one.take().text()).isEqualTo("m");
        assertThat(two.take().text()).isEqualTo("m");
        assertThat(plain.take().text()).isEqualTo("m");
    }

    @Test
    void sharedAndOrdinarySubscriptionOfOneClientAreTwo(Lab lab) { // section 4.8.2, last but one paragraph
        RawClient client = lab.connect(Version.V5)
                .subscribed(subscribe(lab.shared("g", "a"), 0).with(Prop.SUBSCRIPTION_IDENTIFIER, 1))
                .subscribed(subscribe(lab.topic("a"), 0).with(Prop.SUBSCRIPTION_IDENTIFIER, 2));

        lab.connect(Version.V5).send(publish(lab.topic("a"), "m"));

        List<Object> identifiers = new ArrayList<>();
        identifiers.addAll(client.expectPublish("m").properties().all(Prop.SUBSCRIPTION_IDENTIFIER));
        identifiers.addAll(client.expectPublish("m").properties().all(Prop.SUBSCRIPTION_IDENTIFIER));
        assertThat(identifiers).containsExactlyInAnyOrder(1L, 2L);
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void unacknowledgedMessagesOfAMemberThatLeavesGoToAnother(Version version, Lab lab) { // [MQTT-4.8.2-5]
        String filter = lab.shared("g", "a");
        RawClient leaves = lab.connect(version).subscribed(filter, 1);
        RawClient publisher = lab.connect(version);
        for (int i = 0; i < 4; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
            leaves.expectPublish("m" + i);
        }
        RawClient stays = lab.connect(version).subscribed(filter, 1);

        leaves.close();

        Set<String> taken = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            taken.add(stays.take().text());
        }
        assertThat(taken).containsExactlyInAnyOrder("m0", "m1", "m2", "m3");
    }

    @ParameterizedTest
    @EnumSource
    void whatAMemberWithASessionLeavesUnacknowledgedIsDeliveredOnce(Version version, Lab lab) {
        String filter = lab.shared("g", "a");
        RawClient leaves = lab.connect(version, kept(lab.id("m"))).subscribed(filter, 1);
        RawClient publisher = lab.connect(version);
        for (int i = 0; i < 3; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
            leaves.expectPublish("m" + i);
        }
        RawClient stays = lab.connect(version).subscribed(filter, 1);

        leaves.vanish();

        Set<String> taken = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            taken.add(stays.take().text());
        }
        assertThat(taken).containsExactlyInAnyOrder("m0", "m1", "m2");
        lab.connect(version, kept(lab.id("m"))).expectAlive();
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void whatAMemberHasBegunToReceiveAtQos2GoesToNobodyElse(Version version, Lab lab) { // [MQTT-4.8.2-5]
        String filter = lab.shared("g", "a");
        RawClient leaves = lab.connect(version).subscribed(filter, 2);
        RawClient publisher = lab.connect(version);
        publisher.published(publish(lab.topic("a"), "begun").qos(2), 1);
        leaves.expectPublish("begun");
        publisher.published(publish(lab.topic("a"), "received").qos(2), 2);
        Packet received = leaves.expectPublish("received");
        leaves.send(ack(PUBREC, received.packetId()));
        leaves.expectAck(PUBREL, received.packetId());
        RawClient stays = lab.connect(version).subscribed(filter, 2);

        leaves.vanish();

        publisher.published(publish(lab.topic("a"), "next").qos(2), 3);
        assertThat(stays.take().text()).isEqualTo("next");
        stays.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void whatAMemberWithASessionHasBegunToReceiveAtQos2WaitsForIt(Version version, Lab lab) { // [MQTT-4.8.2-4]
        String filter = lab.shared("g", "a");
        RawClient leaves = lab.connect(version, kept(lab.id("m"))).subscribed(filter, 2);
        RawClient publisher = lab.connect(version);
        publisher.published(publish(lab.topic("a"), "begun").qos(2), 1);
        int packetId = leaves.expectPublish("begun").packetId();
        RawClient stays = lab.connect(version).subscribed(filter, 2);

        leaves.vanish();

        publisher.published(publish(lab.topic("a"), "next").qos(2), 2);
        assertThat(stays.take().text()).isEqualTo("next");
        stays.expectAlive();
        Packet again = lab.connect(version, kept(lab.id("m"))).take();
        assertThat(again.text()).isEqualTo("begun");
        assertThat(again.packetId()).isEqualTo(packetId);
        assertThat(again.isDup()).isTrue();
    }

    @Test
    void messageThatAMemberRefusesGoesToNobodyElse(Lab lab) { // [MQTT-4.8.2-6]
        String filter = lab.shared("g", "a");
        RawClient refuses = lab.connect(Version.V5).subscribed(filter, 2);
        RawClient publisher = lab.connect(Version.V5);
        publisher.published(publish(lab.topic("a"), "one").qos(1), 1);
        publisher.published(publish(lab.topic("a"), "two").qos(2), 2);
        int one = refuses.expectPublish("one").packetId();
        int two = refuses.expectPublish("two").packetId();
        RawClient stays = lab.connect(Version.V5).subscribed(filter, 2);

        refuses.send(ack(PUBACK, one, Reason.UNSPECIFIED), ack(PUBREC, two, Reason.UNSPECIFIED));
        refuses.expectAlive();
        refuses.vanish();

        publisher.published(publish(lab.topic("a"), "next").qos(1), 3);
        assertThat(stays.take().text()).isEqualTo("next");
        stays.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void memberThatIsGoneGetsNothingMore(Version version, Lab lab) {
        String filter = lab.shared("g", "a");
        RawClient stays = lab.connect(version).subscribed(filter, 1);
        RawClient leaves = lab.connect(version).subscribed(filter, 1);
        leaves.disconnect();
        RawClient publisher = lab.connect(version);

        for (int i = 0; i < 6; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        for (int i = 0; i < 6; i++) {
            assertThat(stays.take().text()).isEqualTo("m" + i);
        }
    }

    @Test
    void memberThatCannotTakeAMessagePassesItOn(Lab lab) { // 5.0 section 4.8.2
        String filter = lab.shared("g", "a");
        RawClient full = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
        full.subscribed(filter, 1);
        RawClient free = lab.connect(Version.V5).subscribed(filter, 1);
        RawClient publisher = lab.connect(Version.V5);

        for (int i = 0; i < 9; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        for (int i = 0; i < 8; i++) {
            free.take();
        }
        full.expect(PUBLISH);
    }

    @ParameterizedTest
    @EnumSource
    void offlineMemberIsLeftOutWhileAnotherIsThere(Version version, Lab lab) {
        String filter = lab.shared("g", "a");
        lab.connect(version, kept(lab.id("away"))).subscribed(filter, 1).disconnect();
        RawClient here = lab.connect(version).subscribed(filter, 1);
        RawClient publisher = lab.connect(version);

        for (int i = 0; i < 4; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        for (int i = 0; i < 4; i++) {
            here.take();
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesWaitForAMemberWithASessionWhenNobodyIsThere(Version version, Lab lab) {
        String filter = lab.shared("g", "a");
        lab.connect(version, kept(lab.id("away"))).subscribed(filter, 1).disconnect();

        lab.connect(version).published(publish(lab.topic("a"), "m").qos(1), 1);

        RawClient back = lab.connect(version, kept(lab.id("away")));
        assertThat(back.take().text()).isEqualTo("m");
    }

    @ParameterizedTest
    @EnumSource
    void retainedMessagesAreNotSentToSharedSubscriptions(Version version, Lab lab) { // 5.0 section 3.8.4, 4.8.2
        lab.connect(version).published(publish(lab.topic("a"), "kept").qos(1).retained(), 1);

        lab.connect(version).subscribed(lab.shared("g", "a"), 1).expectAlive();
    }

    @Test
    void noLocalOnASharedSubscriptionIsAProtocolError(Lab lab) { // [MQTT-3.8.3-4]
        RawClient client = lab.connect(Version.V5);

        client.send(subscribe(lab.shared("g", "a"), Subscribe.NO_LOCAL));

        client.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @EnumSource
    void unsubscribingLeavesTheGroup(Version version, Lab lab) {
        String filter = lab.shared("g", "a");
        RawClient stays = lab.connect(version).subscribed(filter, 1);
        RawClient leaves = lab.connect(version).subscribed(filter, 1);
        leaves.send(unsubscribe(2, filter));
        assertThat(leaves.expect(UNSUBACK).reasons()).allMatch(code -> code == 0);

        RawClient publisher = lab.connect(version);
        for (int i = 0; i < 4; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
            assertThat(stays.take().text()).isEqualTo("m" + i);
        }

        leaves.expectAlive();
    }

    @Test
    void eachMembersOwnQosCounts(Lab lab) { // [MQTT-4.8.2-3]
        String filter = lab.shared("g", "a");
        RawClient zero = lab.connect(Version.V5).subscribed(filter, 0);
        RawClient two = lab.connect(Version.V5).subscribed(filter, 2);
        RawClient publisher = lab.connect(Version.V5);

        publisher.published(publish(lab.topic("a"), "m").qos(2), 1);
        publisher.published(publish(lab.topic("a"), "m").qos(2), 2);

        assertThat(zero.take().qos()).isZero();
        assertThat(two.take().qos()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$share/", "$share/g", "$share//t", "$share/g+/t", "$share/g#/t", "$share/g/"})
    void badShareNameIsNeverGranted(String filter, Lab lab) { // [MQTT-4.8.2-1] [MQTT-4.8.2-2], Moquette #958
        lab.innocentsConnect();
        for (Version version : Version.values()) {
            RawClient client = lab.connect(version);

            client.send(subscribe(filter, 0));

            Refusals.expectNotGranted(client, Reason.TOPIC_FILTER_INVALID);
        }
        lab.innocentsAreStillServed();
    }

    @Test
    void sharedWildcardOfEverythingLeavesOthersAlone(Lab lab) { // $share/g/#
        RawClient greedy = lab.connect(Version.V5).subscribed("$share/" + lab.id("g") + "/#", 0);
        RawClient plain = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);

        lab.connect(Version.V5).send(publish(lab.topic("a"), "m"));

        plain.expectPublish("m");
        for (Packet packet = greedy.expect(PUBLISH); !packet.topic().equals(lab.topic("a")); ) {
            packet = greedy.expect(PUBLISH);
        }
    }
}
