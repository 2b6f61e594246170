// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SUBSCRIBE and UNSUBSCRIBE, checked before anything of them is taken. What is malformed is {@link MalformedPacketTest}'s. */
@Tag("unit")
class FilterPacketTest {

    static Stream<Sample> packets() {
        return Sample.all().stream().filter(Sample::hasFilters);
    }

    private static FilterPacket read(byte[] packet, MqttVersion version) throws MalformedPacketException {
        return FilterPacket.of(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("packets")
    void whatIsReadIsWhatNettyReads(Sample sample) throws MalformedPacketException {
        byte[] buffer = Bytes.hex("ffff").raw(sample.bytes()).then("ffff").array();

        FilterPacket packet = FilterPacket.of(buffer, 2, sample.bytes().length, sample.version(), DecodeLimits.DEFAULT);
        Arrays.fill(buffer, (byte) 0);

        assertThat(packet.check(100)).isTrue();
        MqttMessage nettys = new MqttPacketBridge().decode(sample.bytes(), 0, sample.bytes().length, sample.version());
        if (nettys instanceof MqttSubscribeMessage subscribe) {
            assertThat(packet.packetId()).isEqualTo(subscribe.variableHeader().messageId());
            for (MqttTopicSubscription each : subscribe.payload().topicSubscriptions()) {
                assertThat(packet.next()).isEqualTo(each.topicFilter());
                assertThat(packet.qos()).isEqualTo(each.option().qos().value());
                assertThat(packet.isNoLocal()).isEqualTo(each.option().isNoLocal());
                assertThat(packet.isRetainAsPublished()).isEqualTo(each.option().isRetainAsPublished());
                assertThat(packet.retainHandling())
                        .isEqualTo(each.option().retainHandling().value());
            }
        } else if (nettys instanceof MqttUnsubscribeMessage unsubscribe) {
            assertThat(packet.packetId()).isEqualTo(unsubscribe.variableHeader().messageId());
            for (String each : unsubscribe.payload().topics()) {
                assertThat(packet.next()).isEqualTo(each);
            }
        }
        assertThat(packet.hasNext()).isFalse();
    }

    @Test
    void subscriptionIdentifierIsRead() throws MalformedPacketException {
        byte[] packet = Bytes.hex("0001")
                .properties(Bytes.hex("0b ffffff7f 26").string("k").string("v"))
                .string("a")
                .then("00")
                .packet(0x82);

        assertThat(read(packet, MqttVersion.MQTT_5).subscriptionIdentifier()).isEqualTo(268_435_455);
        assertThat(read(Bytes.hex("0001").string("a").then("00").packet(0x82), MqttVersion.MQTT_3_1_1)
                        .subscriptionIdentifier())
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("packets")
    void packetThatIsCutIsRefusedOrHasFewerFilters(Sample sample) throws MalformedPacketException {
        int body = FixedHeader.bodyOffset(sample.bytes(), 0);
        for (int length = body; length < sample.bytes().length; length++) {
            byte[] cut = Bytes.hex("")
                    .raw(Arrays.copyOfRange(sample.bytes(), body, length))
                    .packet(sample.bytes()[0] & 0xFF);
            try {
                FilterPacket packet = read(cut, sample.version());
                assertThat(packet.check(100)).isTrue();
                for (int i = 0; i < packet.count(); i++) {
                    assertThat(packet.next()).isNotEmpty();
                }
            } catch (MalformedPacketException e) {
                assertThat(e.kind()).isIn(Kind.MALFORMED, Kind.PROTOCOL_ERROR);
            }
        }
    }

    @Test
    void filtersAreCheckedAndTakenSomeAtATime() throws MalformedPacketException {
        Bytes body = Bytes.hex("0001");
        for (int i = 0; i < 1_000; i++) {
            body.string("f" + i);
        }
        FilterPacket packet = read(body.packet(0xA2), MqttVersion.MQTT_3_1_1);

        int checks = 1;
        while (!packet.check(300)) {
            checks++;
            assertThat(packet.count()).isEqualTo(300 * (checks - 1));
        }

        assertThat(checks).isEqualTo(4);
        assertThat(packet.count()).isEqualTo(1_000);
        for (int round = 0; round < 2; round++) {
            List<String> taken = new ArrayList<>();
            while (packet.hasNext()) {
                taken.add(packet.next());
            }
            assertThat(taken).hasSize(1_000).startsWith("f0", "f1").endsWith("f999");
            packet.rewind();
        }
    }

    @Test
    void faultInTheLastFilterIsFoundBeforeTheFirstIsTaken() throws MalformedPacketException {
        Bytes body = Bytes.hex("0001");
        for (int i = 0; i < 100; i++) {
            body.string("f" + i).then("00");
        }
        FilterPacket packet = read(body.string("bad").then("03").packet(0x82), MqttVersion.MQTT_3_1_1);

        assertThat(packet.check(100)).isFalse();
        assertThatExceptionOfType(MalformedPacketException.class).isThrownBy(() -> packet.check(100));
    }

    @Test
    void otherPacketsAreNotForIt() {
        byte[] ping = Bytes.hex("").packet(0xC0);

        assertThatIllegalArgumentException().isThrownBy(() -> read(ping, MqttVersion.MQTT_5));
    }

    @Test
    void unsubackIsWhatNettyWrites() throws MalformedPacketException {
        assertThat(PacketEncoder.unsubAck(0x0102, new byte[] {0, 0x11}, MqttVersion.MQTT_5))
                .isEqualTo(Bytes.hex("0102 00 00 11").packet(0xB0));
        assertThat(PacketEncoder.unsubAck(0x0102, new byte[] {0, 0x11}, MqttVersion.MQTT_3_1_1))
                .isEqualTo(Bytes.hex("0102").packet(0xB0));
        assertThat(MqttMessageType.UNSUBACK.value()).isEqualTo(0x0B);
    }
}
