// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class PacketDecoderTest {
    private final PacketDecoder decoder = new PacketDecoder();

    static Stream<Sample> packets() {
        return Sample.all().stream()
                .filter(sample -> !sample.isPublish() && !sample.hasFilters() && !sample.isAcknowledgement());
    }

    @ParameterizedTest
    @MethodSource("packets")
    void decodesWhereverThePacketLies(Sample sample) throws MalformedPacketException {
        byte[] buffer = Bytes.hex("ffff").raw(sample.bytes()).then("ffff").array();

        MqttMessage message = decoder.decode(buffer, 2, sample.bytes().length, sample.version(), DecodeLimits.DEFAULT);

        assertThat(message.decoderResult().isSuccess()).isTrue();
        assertThat(message.fixedHeader().messageType().value()).isEqualTo((sample.bytes()[0] & 0xF0) >>> 4);
        assertThat(message.fixedHeader().remainingLength())
                .isEqualTo(sample.bytes().length - FixedHeader.bodyOffset(sample.bytes(), 0));
    }

    /** Whatever netty would wait for or read past: no prefix and no packet with more behind it is accepted. */
    @ParameterizedTest
    @MethodSource("packets")
    void packetThatIsCutNeverGivesAFailedMessage(Sample sample) throws MalformedPacketException {
        int body = FixedHeader.bodyOffset(sample.bytes(), 0);
        for (int length = body; length < sample.bytes().length; length++) {
            byte[] cut = Bytes.hex("")
                    .raw(Arrays.copyOfRange(sample.bytes(), body, length))
                    .packet(sample.bytes()[0] & 0xFF);
            try {
                MqttMessage message = decoder.decode(cut, 0, cut.length, sample.version(), DecodeLimits.DEFAULT);
                assertThat(message.decoderResult().isSuccess()).isTrue();
            } catch (MalformedPacketException e) {
                assertThat(e).hasMessageNotContaining("netty");
            }
        }
    }

    @Test
    void connectWithEverythingIsReadWhole() throws MalformedPacketException {
        MqttConnectMessage connect =
                (MqttConnectMessage) decode(Sample.connectWithEverything(), MqttVersion.MQTT_3_1_1);

        assertThat(connect.variableHeader().version()).isEqualTo(5);
        assertThat(connect.variableHeader().keepAliveTimeSeconds()).isEqualTo(60);
        assertThat(connect.variableHeader().properties().listAll()).hasSize(9);
        assertThat(connect.payload().clientIdentifier()).isEqualTo("client");
        assertThat(connect.payload().willTopic()).isEqualTo("will");
        assertThat(connect.payload().willMessageInBytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("gone €");
        assertThat(connect.payload().willProperties().listAll()).hasSize(7);
        assertThat(connect.payload().userName()).isEqualTo("user");
        assertThat(connect.payload().passwordInBytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("secret");
    }

    /** netty #15349: a token of more than 2 kB as the password failed when it came in pieces. */
    @ParameterizedTest
    @ValueSource(ints = {1024, 2048, 2049, 8192, 60_000})
    void connectWithALongPasswordComesInPieces(int passwordBytes) throws MalformedPacketException {
        byte[] password = new byte[passwordBytes];
        for (int i = 0; i < password.length; i++) {
            password[i] = (byte) i;
        }
        byte[] packet = Bytes.hex("00044d515454 05 c2003c 00")
                .string("c")
                .string("u")
                .binary(password)
                .packet(0x10);
        Framer framer = new Framer(64 * 1024);
        MqttMessage[] decoded = new MqttMessage[1];

        for (int at = 0; at < packet.length; at += 100) {
            framer.feed(packet, at, Math.min(100, packet.length - at), (buffer, offset, length) -> {
                decoded[0] = decoder.decode(buffer, offset, length, MqttVersion.MQTT_3_1_1, DecodeLimits.DEFAULT);
                return true;
            });
        }

        assertThat(((MqttConnectMessage) decoded[0]).payload().passwordInBytes())
                .isEqualTo(password);
    }

    @Test
    void longClientIdentifiersOfMqtt31Pass() throws MalformedPacketException {
        byte[] packet =
                Bytes.hex("00064d5149736470 03 02003c").string("x".repeat(24)).packet(0x10);

        assertThat(((MqttConnectMessage) decode(packet, MqttVersion.MQTT_3_1_1))
                        .payload()
                        .clientIdentifier())
                .hasSize(24);
    }

    @Test
    void connectIsReadByItsOwnVersionAfterAnotherConnections() throws MalformedPacketException {
        byte[] v5 = Bytes.hex("00044d515454 05 02003c 00").string("five").packet(0x10);
        byte[] v4 = Bytes.hex("00044d515454 04 02003c").string("four").packet(0x10);
        byte[] disconnect5 = Bytes.hex("04 00").packet(0xE0);
        byte[] disconnect4 = Bytes.hex("").packet(0xE0);

        decode(v5, MqttVersion.MQTT_3_1_1);
        MqttMessage third = decode(disconnect4, MqttVersion.MQTT_3_1_1);
        decode(v4, MqttVersion.MQTT_3_1_1);
        MqttMessage fifth = decode(disconnect5, MqttVersion.MQTT_5);

        assertThat(((MqttReasonCodeAndPropertiesVariableHeader) third.variableHeader()).reasonCode())
                .isZero();
        assertThat(((MqttReasonCodeAndPropertiesVariableHeader) fifth.variableHeader()).reasonCode())
                .isEqualTo((byte) 4);
    }

    @Test
    void messagesDoNotShareTheBuffer() throws MalformedPacketException {
        byte[] packet = Sample.connectWithEverything();

        MqttConnectMessage connect = (MqttConnectMessage) decode(packet, MqttVersion.MQTT_5);
        Arrays.fill(packet, (byte) 0);

        assertThat(connect.payload().passwordInBytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("secret");
    }

    @Test
    void reasonsAndPropertiesAreRead() throws MalformedPacketException {
        byte[] disconnect = Bytes.hex("04 05 11 00000e10").packet(0xE0);

        MqttReasonCodeAndPropertiesVariableHeader header = (MqttReasonCodeAndPropertiesVariableHeader)
                decode(disconnect, MqttVersion.MQTT_5).variableHeader();

        assertThat(header.reasonCode()).isEqualTo((byte) 4);
        assertThat(header.properties()
                        .getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL)
                        .value())
                .isEqualTo(3600);
    }

    /** A failure leaves netty's decoder in a state in which it swallows all that follows. */
    @Test
    void decoderOfNettyIsReplacedAfterAFailure() {
        MqttPacketBridge bridge = new MqttPacketBridge();
        byte[] good = Sample.connectWithEverything();

        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);

            assertThat(bridge.decode(cut, 0, cut.length, MqttVersion.MQTT_5)).isNull();
            assertThat(bridge.decode(good, 0, good.length, MqttVersion.MQTT_5)).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x30, 0x40, 0x50, 0x62, 0x70, 0x82, 0xA2})
    void whatHasAReaderOfItsOwnIsNotForThisDecoder(int first) {
        byte[] packet = Bytes.hex("").string("a").packet(first);

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> decode(packet, MqttVersion.MQTT_3_1_1));
    }

    private MqttMessage decode(byte[] packet, MqttVersion version) throws MalformedPacketException {
        return decoder.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
    }
}
