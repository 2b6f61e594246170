// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("unit")
class PublishViewTest {
    private static final MessageId ID = new MessageId(1, 2);
    private static final long NOW = 1_000_000;

    private final PublishView view = new PublishView();

    static Stream<Sample> publishes() {
        return Sample.all().stream().filter(Sample::isPublish);
    }

    @ParameterizedTest
    @MethodSource("publishes")
    void readsWhatNettyReads(Sample sample) throws MalformedPacketException {
        decode(sample.bytes(), sample.version());

        assertThat(NettyPublish.of(view, sample.bytes()))
                .isEqualTo(NettyPublish.decode(sample.bytes(), sample.version()).withoutProperties());
    }

    @Test
    void showsEveryFieldWhereverThePacketLies() throws MalformedPacketException {
        byte[] packet = Sample.publishWithEverything();
        byte[] buffer = Bytes.hex("3000").raw(packet).then("3000").array();

        view.decode(buffer, 2, packet.length, MqttVersion.MQTT_5, DecodeLimits.DEFAULT);

        assertThat(view.topic()).isEqualTo("a/b");
        assertThat(view.topicUtf8()).asString(StandardCharsets.UTF_8).isEqualTo("a/b");
        assertThat(view.topicEmpty()).isFalse();
        assertThat(view.qos()).isEqualTo(2);
        assertThat(view.dup()).isTrue();
        assertThat(view.retain()).isTrue();
        assertThat(view.packetId()).isEqualTo(0x1234);
        assertThat(view.topicAlias()).isEqualTo(5);
        assertThat(view.expirySeconds()).isEqualTo(60);
        assertThat(view.payloadIsUtf8()).isTrue();
        assertThat(new String(buffer, view.payloadOffset(), view.payloadLength(), StandardCharsets.UTF_8))
                .isEqualTo("héllo");
    }

    @Test
    void nothingOfTheLastPacketRemains() throws MalformedPacketException {
        decode(Sample.publishWithEverything(), MqttVersion.MQTT_5);

        for (MqttVersion version : List.of(MqttVersion.MQTT_3_1_1, MqttVersion.MQTT_5)) {
            decode(Bytes.hex("").string("x").then("00").packet(0x30), version);

            assertThat(view.packetId()).isZero();
            assertThat(view.topicAlias()).isZero();
            assertThat(view.expirySeconds()).isEqualTo(-1);
            assertThat(view.payloadIsUtf8()).isFalse();
        }
    }

    @Test
    void messageOfMqtt3HasNoProperties() throws MalformedPacketException {
        decode(Bytes.hex("").string("a/b").then("0007").text("hello").packet(0x33), MqttVersion.MQTT_3_1_1);

        Message message = view.toMessage(ID, null, NOW);

        assertThat(message.body())
                .isEqualTo(Bytes.hex("").string("a/b").then("00").text("hello").array());
        assertThat(message.topic()).isEqualTo("a/b");
        assertThat(message.propertiesOffset()).isEqualTo(5);
        assertThat(message.payloadOffset()).isEqualTo(6);
        assertThat(message.qos()).isEqualTo(1);
        assertThat(message.isRetain()).isTrue();
        assertThat(message.arrivedAtMillis()).isEqualTo(NOW);
        assertThat(message.expiresAtMillis()).isEqualTo(Message.NEVER);
    }

    /** All places that the two properties which are left out can stand in. */
    @ParameterizedTest
    @CsvSource({
        "''", "A", "E", "AE", "EA", "xA", "xE", "Ax", "Ex", "AxE", "ExA", "xAE", "xEA", "AEx", "EAx", "xAyEz", "xEyAz",
        "xyz", "xAy", "xEy"
    })
    void messageKeepsTheOtherPropertiesUntouchedAndInOrder(String order) throws MalformedPacketException {
        Bytes given = Bytes.hex("");
        Bytes kept = Bytes.hex("");
        for (int i = 0; i < order.length(); i++) {
            switch (order.charAt(i)) {
                case 'A' -> given.then("23 0005");
                case 'E' -> given.then("02 00000064");
                default -> {
                    given.then("26").string(order.substring(i, i + 1)).string("v".repeat(60));
                    kept.then("26").string(order.substring(i, i + 1)).string("v".repeat(60));
                }
            }
        }
        decode(Bytes.hex("").string("t").properties(given).text("pay").packet(0x30), MqttVersion.MQTT_5);

        Message message = view.toMessage(ID, null, NOW);

        assertThat(message.body())
                .isEqualTo(
                        Bytes.hex("").string("t").properties(kept).text("pay").array());
        assertThat(message.payloadLength()).isEqualTo(3);
        assertThat(message.expiresAtMillis()).isEqualTo(order.contains("E") ? NOW + 100_000 : Message.NEVER);
    }

    @Test
    void messageTakesTheAliasedTopicWhenItsOwnIsEmpty() throws MalformedPacketException {
        decode(Bytes.hex("0000").then("03 230004").text("x").packet(0x30), MqttVersion.MQTT_5);

        Message message = view.toMessage(ID, "zoë".getBytes(StandardCharsets.UTF_8), NOW);

        assertThat(view.topicEmpty()).isTrue();
        assertThat(message.topic()).isEqualTo("zoë");
        assertThatIllegalArgumentException().isThrownBy(() -> view.toMessage(ID, null, NOW));
    }

    @Test
    void longestMessageExpiryIntervalIsNotNegative() throws MalformedPacketException {
        decode(Bytes.hex("").string("t").then("05 02 ffffffff").packet(0x30), MqttVersion.MQTT_5);

        assertThat(view.expirySeconds()).isEqualTo(0xFFFF_FFFFL);
        assertThat(view.toMessage(ID, null, NOW).expiresAtMillis()).isEqualTo(NOW + 0xFFFF_FFFFL * 1000);
    }

    @Test
    void messageDoesNotShareTheBuffer() throws MalformedPacketException {
        byte[] packet = Sample.publishWithEverything();
        decode(packet, MqttVersion.MQTT_5);
        Message message = view.toMessage(ID, null, NOW);
        byte[] before = message.body().clone();

        Arrays.fill(packet, (byte) 0);

        assertThat(message.body()).isEqualTo(before);
    }

    /** The null character is no MQTT string and yet UTF-8. */
    @Test
    void payloadThatIsSaidToBeUtf8MayHoldTheNullCharacter() throws MalformedPacketException {
        decode(Bytes.hex("").string("t").then("02 0101 00").packet(0x30), MqttVersion.MQTT_5);

        view.requirePayloadFormat();
    }

    @Test
    void payloadIsOnlyCheckedWhenAsked() throws MalformedPacketException {
        decode(Bytes.hex("").string("t").then("02 0101 ff").packet(0x30), MqttVersion.MQTT_5);

        assertThatThrownBy(view::requirePayloadFormat)
                .isInstanceOfSatisfying(
                        MalformedPacketException.class,
                        e -> assertThat(e.kind()).isEqualTo(Kind.PAYLOAD_FORMAT_INVALID));
    }

    @Test
    void limitsAreMetExactly() throws MalformedPacketException {
        DecodeLimits limits = new DecodeLimits(1, 4, 7, 4);
        byte[] packet = Bytes.hex("")
                .string("a/b/c/d")
                .properties(Bytes.hex("26").string("ab").string("cd"))
                .packet(0x30);

        view.decode(packet, 0, packet.length, MqttVersion.MQTT_5, limits);

        assertThat(view.topic()).isEqualTo("a/b/c/d");
    }

    private void decode(byte[] packet, MqttVersion version) throws MalformedPacketException {
        view.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
    }
}
