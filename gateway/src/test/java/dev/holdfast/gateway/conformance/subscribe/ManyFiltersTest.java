// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.subscribe;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that bring hundreds of filters in one packet, as Home Assistant and reconnecting browsers do. Of 65 filters all were
 * refused, and an UNSUBSCRIBE of 65 closed the connection.
 */
@OnGateway
final class ManyFiltersTest {
    private static final int MANY = 1_000;

    @ParameterizedTest
    @EnumSource
    void thousandFiltersInOnePacketAreGrantedAndTakenBack(Version version, Lab lab) {
        RawClient client = lab.connect(version, kept(lab.id("a")));

        client.send(all(lab, MANY));
        assertThat(client.expect(SUBACK).reasons()).hasSize(MANY).containsOnly(1);
        for (int i = 0; i < MANY; i += 199) {
            client.send(publish(lab.topic("f" + i), "m" + i));
            client.expectPublish("m" + i);
        }

        client.send(unsubscribe(2, filters(lab, MANY)));
        Packet unsuback = client.expect(UNSUBACK);
        if (version.isV5()) {
            assertThat(unsuback.reasons()).hasSize(MANY).containsOnly(0);
        }
        client.send(publish(lab.topic("f7"), "nobody's").atLeastOnce(3));
        client.expectAck(PUBACK, 3);
        client.expectAlive();
    }

    @Test
    void onlyWhatIsBeyondTheLimitIsRefused(Lab lab) { // limits.max-filters-per-subscribe
        RawClient client = lab.connect(Version.V5);

        client.send(all(lab, 1_030));

        int[] codes =
                client.expect(SUBACK).reasons().stream().mapToInt(code -> code).toArray();
        assertThat(codes).hasSize(1_030);
        assertThat(IntStream.of(codes).limit(1_024)).containsOnly(1);
        assertThat(IntStream.of(codes).skip(1_024)).containsOnly(Reason.QUOTA_EXCEEDED);
    }

    @Test
    void unsubscribeMayNameMoreFiltersThanASubscribe(Lab lab) {
        RawClient client = lab.connect(Version.V5, kept(lab.id("a")));
        client.subscribed(subscribe(1).to(lab.topic("f3000"), 1));

        client.send(unsubscribe(2, filters(lab, 3_001)));

        Packet unsuback = client.expect(UNSUBACK);
        assertThat(unsuback.reasons()).hasSize(3_001);
        assertThat(unsuback.reasons().get(3_000)).isZero();
        assertThat(unsuback.reasons().get(0)).isEqualTo(Reason.NO_SUBSCRIPTION_EXISTED);
        client.send(publish(lab.topic("f3000"), "nobody's"));
        client.expectAlive();
    }

    private static Subscribe all(Lab lab, int count) {
        Subscribe packet = subscribe(1);
        for (String filter : filters(lab, count)) {
            packet.to(filter, 1);
        }
        return packet;
    }

    private static String[] filters(Lab lab, int count) {
        return IntStream.range(0, count).mapToObj(i -> lab.topic("f" + i)).toArray(String[]::new);
    }
}
