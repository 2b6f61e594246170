// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class EncodedPublishTest {
    private static final MessageId ID = new MessageId(1, 2);
    private static final long NOW = 1_000_000;
    private static final int[] NONE = {};

    /** The packet with its payload, wherever that is. */
    static byte[] packet(EncodedPublish encoded, Message message) {
        byte[] packet = Arrays.copyOf(encoded.bytes(), encoded.length());
        int payload = message.payloadLength();
        System.arraycopy(message.body(), message.payloadOffset(), packet, encoded.headLength(), payload);
        return packet;
    }

    static List<Sample> publishes() {
        return Sample.all().stream().filter(Sample::isPublish).toList();
    }

    @ParameterizedTest
    @MethodSource("publishes")
    void nettyReadsBackWhatWasPublished(Sample sample) throws MalformedPacketException {
        PublishView view = new PublishView();
        view.decode(sample.bytes(), 0, sample.bytes().length, sample.version(), DecodeLimits.DEFAULT);
        Message message = view.toMessage(ID, "aliased".getBytes(StandardCharsets.UTF_8), NOW);

        EncodedPublish encoded = EncodedPublish.of(message, sample.version(), view.qos(), view.retain(), NOW);

        byte[] copy = packet(encoded, message);
        assertThat(encoded.packetIdOffset() < 0).isEqualTo(view.qos() == 0);
        if (view.qos() > 0) {
            copy[encoded.packetIdOffset()] = (byte) (view.packetId() >>> 8);
            copy[encoded.packetIdOffset() + 1] = (byte) view.packetId();
        }
        assertThat(NettyPublish.decode(copy, sample.version()))
                .isEqualTo(NettyPublish.decode(sample.bytes(), sample.version()).asForwarded("aliased"));
    }

    @Test
    void mqtt3GetsNoneOfTheProperties() throws MalformedPacketException {
        byte[] packet = Sample.publishWithEverything();
        PublishView view = new PublishView();
        view.decode(packet, 0, packet.length, MqttVersion.MQTT_5, DecodeLimits.DEFAULT);
        Message message = view.toMessage(ID, null, NOW);

        EncodedPublish encoded =
                EncodedPublish.of(message, MqttVersion.MQTT_3_1_1, 1, false, new int[] {7}, 3, false, NOW);

        assertThat(encoded.bytes())
                .isEqualTo(
                        Bytes.hex("").string("a/b").then("0000").text("héllo").packet(0x32));
        assertThat(encoded.packetIdOffset()).isEqualTo(7);
        assertThat(encoded.length()).isEqualTo(encoded.bytes().length);
    }

    @Test
    void ownPropertiesComeBeforeTheStoredOnes() throws MalformedPacketException {
        byte[] packet = Bytes.hex("")
                .string("t")
                .properties(Bytes.hex("02 0000000a 0101"))
                .text("x")
                .packet(0x30);
        PublishView view = new PublishView();
        view.decode(packet, 0, packet.length, MqttVersion.MQTT_5, DecodeLimits.DEFAULT);
        Message message = view.toMessage(ID, null, NOW);

        EncodedPublish encoded = EncodedPublish.of(
                message, MqttVersion.MQTT_5, 2, true, new int[] {1, 268_435_455}, 65_535, true, NOW + 3_500);

        assertThat(encoded.bytes())
                .isEqualTo(Bytes.hex("")
                        .string("t")
                        .then("0000")
                        .properties(Bytes.hex("02 00000007  23 ffff  0b 01  0b ffffff7f  01 01"))
                        .text("x")
                        .packet(0x35));
    }

    @Test
    void aliasMayStandForTheTopic() {
        Message message = Message.of(ID, "long/topic", new byte[] {1}, 1, false, NOW);

        EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 1, false, NONE, 9, false, NOW);

        assertThat(encoded.bytes())
                .isEqualTo(Bytes.hex("0000 0000 03 230009 01").packet(0x32));
        assertThat(encoded.packetIdOffset()).isEqualTo(4);
    }

    /** The Message Expiry Interval must not reach 0 while the message lives. */
    @ParameterizedTest
    @CsvSource({"0, 10", "1, 10", "999, 10", "1000, 9", "1001, 9", "9000, 1", "9999, 1", "10000, 1", "99999, 1"})
    void messageExpiryIntervalIsWhatIsLeftRoundedUp(long waitedMillis, int seconds) {
        Message message =
                new Message(ID, Bytes.hex("").string("t").then("00").array(), 3, 4, 0, false, NOW, NOW + 10_000);

        EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 0, false, NOW + waitedMillis);

        assertThat(encoded.bytes())
                .isEqualTo(Bytes.hex("")
                        .string("t")
                        .properties(Bytes.hex("02 %08x".formatted(seconds)))
                        .packet(0x30));
    }

    @Test
    void longestMessageExpiryIntervalSurvives() {
        long expiresAt = NOW + 0xFFFF_FFFFL * 1000;
        Message message = new Message(ID, Bytes.hex("").string("t").then("00").array(), 3, 4, 0, false, NOW, expiresAt);

        EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 0, false, NOW);

        assertThat(encoded.bytes())
                .isEqualTo(Bytes.hex("").string("t").then("05 02 ffffffff").packet(0x30));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 121, 122, 123, 124, 125, 126, 127, 128, 16_377, 16_378, 16_384, 2_097_152})
    void remainingLengthFitsAroundEveryStep(int payloadLength) {
        Message message = Message.of(ID, "t", new byte[payloadLength], 0, false, NOW);
        for (MqttVersion version : Sample.VERSIONS) {
            byte[] expected = Bytes.hex("")
                    .string("t")
                    .then(version == MqttVersion.MQTT_5 ? "00" : "")
                    .raw(new byte[payloadLength])
                    .packet(0x30);

            EncodedPublish encoded = EncodedPublish.of(message, version, 0, false, NOW);

            assertThat(packet(encoded, message)).isEqualTo(expected);
            assertThat(encoded.length()).isEqualTo(expected.length);
        }
    }

    @ParameterizedTest
    @CsvSource({"4095, true", "4096, false"})
    void payloadThatIsLongIsNotCopied(int payloadLength, boolean isCopied) {
        Message message = Message.of(ID, "t", new byte[payloadLength], 1, false, NOW);

        EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 1, false, NOW);

        assertThat(encoded.bytes()).hasSize(isCopied ? encoded.length() : encoded.headLength());
        assertThat(encoded.length()).isEqualTo(encoded.headLength() + payloadLength);
    }

    @Test
    void propertyLengthFitsAroundEveryStep() throws MalformedPacketException {
        PublishView view = new PublishView();
        for (int text = 100; text < 140; text++) {
            Bytes stored = Bytes.hex("26").string("k").string("v".repeat(text));
            byte[] packet = Bytes.hex("").string("t").properties(stored).packet(0x30);
            view.decode(packet, 0, packet.length, MqttVersion.MQTT_5, DecodeLimits.DEFAULT);

            EncodedPublish encoded = EncodedPublish.of(
                    view.toMessage(ID, null, NOW), MqttVersion.MQTT_5, 0, false, new int[] {300}, 0, true, NOW);

            assertThat(encoded.bytes())
                    .isEqualTo(Bytes.hex("")
                            .string("t")
                            .properties(Bytes.hex("0b ac02").raw(stored.array()))
                            .packet(0x30));
        }
    }
}
