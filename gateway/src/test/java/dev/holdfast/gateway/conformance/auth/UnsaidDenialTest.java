// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A gateway that does not say that it is a permission that a client lacks. */
final class UnsaidDenialTest {
    private static InProcessGateway gateway;

    @BeforeAll
    static void start() {
        gateway = InProcessGateway.start(List.of(
                "auth.reveal-denials=false",
                "auth.anonymous-acl=[{permission: deny, action: all, topics: [\"secret/#\"]},"
                        + "{permission: allow, action: all, topics: [\"#\"]}]"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aDeniedFilterIsAnUnspecifiedError(Version version) {
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(version, connect("a"));

            client.send(subscribe(1).to("secret/a", 1).to("open/a", 1));

            assertThat(client.expect(SUBACK).reasons()).containsExactly(Reason.UNSPECIFIED, 1);
        }
    }

    @Test
    void noWordsComeWithADeniedFilter() {
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(Version.V5, connect("a"));

            Packet suback = client.send(subscribe(1).to("secret/a", 1)).expect(SUBACK);

            assertThat(suback.properties().has(Prop.REASON_STRING)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, PUBACK", "2, PUBREC"})
    void aDeniedPublicationIsAnUnspecifiedErrorWithoutWordsAndCounted(int qos, PacketType answer) {
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(Version.V5, connect("a"));
            double before = denied();

            Packet answered =
                    client.send(publish("secret/a", "x").qos(qos).packetId(7)).expect(answer);

            assertThat(answered.reason()).isEqualTo(Reason.UNSPECIFIED);
            assertThat(answered.properties().has(Prop.REASON_STRING)).isFalse();
            assertThat(denied()).isEqualTo(before + 1);
        }
    }

    @Test
    void whatIsRefusedForAnotherReasonIsSaidAsEver() {
        try (Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(Version.V5, connect("a"));

            Packet suback = client.send(subscribe(1).to("a/#/b", 1)).expect(SUBACK);

            assertThat(suback.reasons()).containsExactly(Reason.TOPIC_FILTER_INVALID);
            assertThat(suback.properties().text(Prop.REASON_STRING)).isEqualTo("topic filter invalid");
        }
    }

    private static double denied() {
        return gateway.metric("mqtt_gateway_messages_dropped_total{cause=\"not_authorized\"}");
    }
}
