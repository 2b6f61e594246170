// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class AckViewTest {
    private final AckView view = new AckView();

    static Stream<Sample> acknowledgements() {
        return Sample.all().stream().filter(Sample::isAcknowledgement);
    }

    @ParameterizedTest
    @MethodSource("acknowledgements")
    void readsWhatNettyReadsWhereverThePacketLies(Sample sample) throws MalformedPacketException {
        byte[] buffer = Bytes.hex("ffff").raw(sample.bytes()).then("ffff").array();
        MqttMessage nettys = Objects.requireNonNull(
                new MqttPacketBridge().decode(sample.bytes(), 0, sample.bytes().length, sample.version()));

        view.decode(buffer, 2, sample.bytes().length, sample.version(), DecodeLimits.DEFAULT);

        assertThat(view.packetId()).isEqualTo(((MqttMessageIdVariableHeader) nettys.variableHeader()).messageId());
        assertThat(view.reasonCode()).isEqualTo(reasonCode(nettys));
    }

    private static int reasonCode(MqttMessage message) {
        return message.variableHeader() instanceof MqttPubReplyMessageVariableHeader header
                ? header.reasonCode() & 0xFF
                : 0;
    }

    /** The reason code of the packet before is not kept where the next one has none. */
    @ParameterizedTest
    @ValueSource(ints = {0x40, 0x50, 0x62, 0x70})
    void aPacketWithoutAReasonCodeIsASuccessAfterOneWith(int first) throws MalformedPacketException {
        int refused = first < 0x60 ? 0x87 : 0x92;
        decode(Bytes.hex("0001").raw(new byte[] {(byte) refused}).packet(first), MqttVersion.MQTT_5);
        assertThat(view.reasonCode()).isEqualTo(refused);

        decode(Bytes.hex("ff01").packet(first), MqttVersion.MQTT_5);

        assertThat(view.packetId()).isEqualTo(0xFF01);
        assertThat(view.reasonCode()).isZero();
    }

    @ParameterizedTest
    @MethodSource("acknowledgements")
    void packetThatIsCutInItsPacketIdentifierIsRefused(Sample sample) {
        int body = FixedHeader.bodyOffset(sample.bytes(), 0);
        for (int length = body; length < body + 2; length++) {
            byte[] cut = Bytes.hex("")
                    .raw(Arrays.copyOfRange(sample.bytes(), body, length))
                    .packet(sample.bytes()[0] & 0xFF);

            assertThatExceptionOfType(MalformedPacketException.class).isThrownBy(() -> decode(cut, sample.version()));
        }
    }

    /** Before MQTT 5 nothing follows the packet identifier. */
    @Test
    void aReasonCodeIsRefusedBeforeMqtt5() {
        byte[] packet = Bytes.hex("0001 00").packet(0x40);

        assertThatExceptionOfType(MalformedPacketException.class)
                .isThrownBy(() -> decode(packet, MqttVersion.MQTT_3_1_1));
    }

    private void decode(byte[] packet, MqttVersion version) throws MalformedPacketException {
        view.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
    }
}
