// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Topic aliases in both directions (MQTT 5.0 section 3.3.2.3.4). */
@OnGateway
final class TopicAliasTest {
    @ParameterizedTest
    @EnumSource
    void aliasStandsForItsTopic(ClientTransport transport, Lab lab) { // section 3.3.2.3.4
        RawClient publisher = lab.open(Version.V5, transport).connected(lab.anonymous());
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("#"), 1);

        publisher.published(publish(lab.topic("a"), "1").qos(1).with(Prop.TOPIC_ALIAS, 3), 1);
        publisher.published(publish("", "2").qos(1).with(Prop.TOPIC_ALIAS, 3), 2);
        publisher.published(publish(lab.topic("b"), "3").qos(1).with(Prop.TOPIC_ALIAS, 3), 3);
        publisher.published(publish("", "4").qos(2).with(Prop.TOPIC_ALIAS, 3), 4);

        assertThat(subscriber.take().topic()).isEqualTo(lab.topic("a"));
        assertThat(subscriber.take().topic()).isEqualTo(lab.topic("a"));
        assertThat(subscriber.take().topic()).isEqualTo(lab.topic("b"));
        Packet last = subscriber.take();
        assertThat(last.topic()).isEqualTo(lab.topic("b"));
        assertThat(last.properties().has(Prop.TOPIC_ALIAS))
                .as("a client that named no maximum gets no alias [MQTT-3.3.2-11]")
                .isFalse();
    }

    @Test
    void aliasZeroIsInvalid(Lab lab) { // [MQTT-3.3.2-8]
        RawClient client = lab.connect(Version.V5);

        client.send(publish(lab.topic("a"), "x").with(Prop.TOPIC_ALIAS, 0));

        client.expectDisconnected(Reason.TOPIC_ALIAS_INVALID);
    }

    @Test
    void highestAliasIsValidAndTheNextIsNot(Lab lab) { // [MQTT-3.3.2-9] [MQTT-3.3.2-12]
        RawClient client = lab.connect(Version.V5);
        long maximum = client.connack().properties().number(Prop.TOPIC_ALIAS_MAXIMUM);

        client.send(publish(lab.topic("a"), "x").with(Prop.TOPIC_ALIAS, maximum));
        client.expectAlive();
        client.send(publish(lab.topic("a"), "x").with(Prop.TOPIC_ALIAS, maximum + 1));

        client.expectDisconnected(Reason.TOPIC_ALIAS_INVALID);
    }

    @Test
    void unknownAliasIsAProtocolError(Lab lab) { // section 3.3.4
        RawClient client = lab.connect(Version.V5);

        client.send(publish("", "x").with(Prop.TOPIC_ALIAS, 2));

        client.expectDisconnectedWithAnyOf(Reason.PROTOCOL_ERROR, Reason.TOPIC_ALIAS_INVALID);
    }

    @Test
    void aliasDoesNotOutliveItsConnection(Lab lab) { // [MQTT-3.3.2-7]
        String id = lab.id("kept");
        RawClient before = lab.connect(Version.V5, kept(id));
        before.send(publish(lab.topic("a"), "x").with(Prop.TOPIC_ALIAS, 1));
        before.disconnect();
        RawClient after = lab.connect(Version.V5, kept(id));

        after.send(publish("", "x").with(Prop.TOPIC_ALIAS, 1));

        after.expectDisconnectedWithAnyOf(Reason.PROTOCOL_ERROR, Reason.TOPIC_ALIAS_INVALID);
    }

    @Test
    void aliasOfOneClientMeansNothingToAnother(Lab lab) { // [MQTT-3.3.2-7]
        lab.connect(Version.V5).published(publish(lab.topic("a"), "x").qos(1).with(Prop.TOPIC_ALIAS, 1), 1);
        RawClient other = lab.connect(Version.V5);

        other.send(publish("", "x").with(Prop.TOPIC_ALIAS, 1));

        other.expectDisconnectedWithAnyOf(Reason.PROTOCOL_ERROR, Reason.TOPIC_ALIAS_INVALID);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 65_535})
    void aliasesToAClientStayWithinItsMaximumAndResolve(int maximum, Lab lab) { // [MQTT-3.3.2-10] [MQTT-3.1.2-26]
        // [MQTT-3.1.2-27]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5, lab.anonymous().with(Prop.TOPIC_ALIAS_MAXIMUM, maximum));
        subscriber.subscribed(lab.topic("#"), 1);
        Map<Long, String> aliases = new HashMap<>();

        for (int i = 0; i < 40; i++) {
            String topic = lab.topic("t" + i % 5);
            publisher.published(publish(topic, "m" + i).qos(i % 2), 1);

            Packet received = subscriber.take();
            String resolved = received.topic();
            if (received.properties().has(Prop.TOPIC_ALIAS)) {
                long alias = received.properties().number(Prop.TOPIC_ALIAS);
                assertThat(alias).isBetween(1L, (long) maximum);
                if (resolved.isEmpty()) {
                    resolved = aliases.getOrDefault(alias, "unknown alias");
                }
                aliases.put(alias, resolved);
            }
            assertThat(resolved).isEqualTo(topic);
        }
    }

    @Test
    void topicThatTheClientKnowsIsSentAsItsAliasAlone(
            Lab lab) { // section 3.3.2.3.4: from the server to the client, too
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5, lab.anonymous().with(Prop.TOPIC_ALIAS_MAXIMUM, 1));
        subscriber.subscribed(lab.topic("#"), 1);

        for (int i = 0; i < 3; i++) {
            publisher.published(publish(lab.topic("often"), "m" + i).qos(1), 1);
        }
        publisher.published(publish(lab.topic("other"), "o").qos(1), 1);

        Packet first = subscriber.take();
        assertThat(first.topic()).isEqualTo(lab.topic("often"));
        assertThat(first.properties().number(Prop.TOPIC_ALIAS)).isEqualTo(1);
        for (int i = 1; i < 3; i++) {
            Packet next = subscriber.take();
            assertThat(next.topic()).isEmpty();
            assertThat(next.properties().number(Prop.TOPIC_ALIAS)).isEqualTo(1);
        }
        assertThat(subscriber.take().topic()).isEqualTo(lab.topic("other"));
    }

    @Test
    void emptyTopicWithoutAnAliasIsAProtocolError(Lab lab) { // [MQTT-4.7.3-1], CVE-2021-34432
        RawClient client = lab.connect(Version.V5);

        client.send(publish("", "x"));

        client.expectDisconnectedWithAnyOf(Reason.PROTOCOL_ERROR, Reason.TOPIC_NAME_INVALID);
    }

    @Test
    void aliasThatTheClientWasNeverToldIsNotUsed(Lab lab) { // [MQTT-3.1.2-25]: the packet that named it was dropped
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(
                Version.V5, lab.anonymous().with(Prop.TOPIC_ALIAS_MAXIMUM, 5).with(Prop.MAXIMUM_PACKET_SIZE, 100));
        subscriber.subscribed(lab.topic("a"), 1);

        publisher.published(publish(lab.topic("a"), "x".repeat(200)).qos(1), 1);
        publisher.published(publish(lab.topic("a"), "fits").qos(1), 2);

        Packet first = subscriber.take();
        assertThat(first.text()).isEqualTo("fits");
        assertThat(first.topic()).isEqualTo(lab.topic("a"));
    }

    @Test
    void messageThatOnlyFitsWithoutAnAliasIsSentWithoutOne(Lab lab) { // [MQTT-3.1.2-24]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(
                Version.V5, lab.anonymous().with(Prop.TOPIC_ALIAS_MAXIMUM, 5).with(Prop.MAXIMUM_PACKET_SIZE, 100));
        subscriber.subscribed(lab.topic("a"), 1);
        int payload = 100 - 2 - 2 - lab.topic("a").length() - 2 - 1;

        publisher.published(publish(lab.topic("a"), "x".repeat(payload)).qos(1), 1);
        publisher.published(publish(lab.topic("a"), "short").qos(1), 2);

        Packet whole = subscriber.take();
        assertThat(whole.size()).isEqualTo(100);
        assertThat(whole.properties().has(Prop.TOPIC_ALIAS)).isFalse();
        assertThat(subscriber.take().topic()).isEqualTo(lab.topic("a"));
    }
}
