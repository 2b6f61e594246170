// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttReasonCodes;
import io.netty.handler.codec.mqtt.MqttVersion;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class PacketEncoderTest {
    private final PacketEncoder encoder = new PacketEncoder();

    @Test
    void connackHasPropertiesForMqtt5Only() {
        MqttProperties properties = new MqttProperties();
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 32));
        MqttConnAckMessage connack = MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(true)
                .properties(properties)
                .build();

        byte[] v5 = encoder.encode(connack, MqttVersion.MQTT_5);
        byte[] v4 = encoder.encode(connack, MqttVersion.MQTT_3_1_1);
        byte[] v3 = encoder.encode(connack, MqttVersion.MQTT_3_1);

        assertThat(v5).isEqualTo(Bytes.hex("01 00 03 21 0020").packet(0x20));
        assertThat(v4).isEqualTo(Bytes.hex("01 00").packet(0x20));
        assertThat(v3).isEqualTo(v4);
    }

    @Test
    void unsubackHasCodesForMqtt5Only() {
        MqttMessage unsuback = MqttMessageBuilders.unsubAck()
                .packetId(8)
                .addReasonCode((short) 0x11)
                .build();

        assertThat(encoder.encode(unsuback, MqttVersion.MQTT_5))
                .isEqualTo(Bytes.hex("0008 00 11").packet(0xB0));
        assertThat(encoder.encode(unsuback, MqttVersion.MQTT_3_1_1))
                .isEqualTo(Bytes.hex("0008").packet(0xB0));
    }

    @Test
    void pingrespIsTwoBytes() {
        assertThat(PacketEncoder.pingResp()).isEqualTo(Bytes.hex("").packet(0xD0));
    }

    @Test
    void subackHasACodeForEachFilterAndPropertiesForMqtt5Only() {
        int[] codes = {1, 0x80};

        assertThat(PacketEncoder.subAck(0xABCD, codes, null, MqttVersion.MQTT_3_1_1))
                .isEqualTo(Bytes.hex("abcd 01 80").packet(0x90));
        assertThat(PacketEncoder.subAck(7, codes, "ignored", MqttVersion.MQTT_3_1))
                .isEqualTo(Bytes.hex("0007 01 80").packet(0x90));
        assertThat(PacketEncoder.subAck(7, codes, null, MqttVersion.MQTT_5))
                .isEqualTo(Bytes.hex("0007 00 01 80").packet(0x90));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 121, 122, 123, 124, 125, 126, 127, 128, 20_000, 65_535})
    void subackCarriesAReasonStringOfAnyLength(int length) {
        String reason = "é".repeat(length / 2) + "x".repeat(length % 2);

        byte[] packet = PacketEncoder.subAck(1, new int[] {0x97}, reason, MqttVersion.MQTT_5);

        assertThat(packet)
                .isEqualTo(Bytes.hex("0001")
                        .properties(Bytes.hex("1f").string(reason))
                        .then("97")
                        .packet(0x90));
    }

    @Test
    void subackForAsManyFiltersAsAPacketMayHoldIsWhole() {
        byte[] packet = PacketEncoder.subAck(1, new int[20_000], null, MqttVersion.MQTT_3_1_1);

        assertThat(packet).hasSize(1 + 3 + 2 + 20_000).startsWith(0x90, 0xA2, 0x9C, 0x01, 0, 1);
    }

    @Test
    void disconnectCarriesItsReason() {
        MqttMessage disconnect = MqttMessageBuilders.disconnect()
                .reasonCode(MqttReasonCodes.Disconnect.SESSION_TAKEN_OVER.byteValue())
                .build();

        assertThat(encoder.encode(disconnect, MqttVersion.MQTT_5))
                .startsWith(0xE0)
                .contains((byte) 0x8E);
    }

    @ParameterizedTest
    @CsvSource({"PUBACK, 40", "PUBREC, 50", "PUBREL, 62", "PUBCOMP, 70"})
    void acknowledgementTakesTheShortestForm(MqttMessageType type, String first) {
        int header = Integer.parseInt(first, 16);

        assertThat(PacketEncoder.ack(type, 0xABCD, 0, null, MqttVersion.MQTT_5))
                .isEqualTo(Bytes.hex("abcd").packet(header));
        assertThat(PacketEncoder.ack(type, 1, 0x92, "ignored", MqttVersion.MQTT_3_1_1))
                .isEqualTo(Bytes.hex("0001").packet(header));
        assertThat(PacketEncoder.ack(type, 1, 0x92, null, MqttVersion.MQTT_5))
                .isEqualTo(Bytes.hex("0001 92").packet(header));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 20_000, 65_535})
    void acknowledgementCarriesAReasonStringOfAnyLength(int length) {
        String reason = "é".repeat(length / 2) + "x".repeat(length % 2);

        byte[] packet = PacketEncoder.ack(MqttMessageType.PUBREC, 1, 0x97, reason, MqttVersion.MQTT_5);

        assertThat(packet)
                .isEqualTo(Bytes.hex("0001 97")
                        .properties(Bytes.hex("1f").string(reason))
                        .packet(0x50));
    }
}
