// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every line of {@code malformed-packets.txt} is refused with the reason code it names. */
@Tag("unit")
class MalformedPacketTest {
    private static final Path TABLE = Path.of("src/test/resources/dev/holdfast/gateway/codec/malformed-packets.txt");
    private static final DecodeLimits LIMITS = new DecodeLimits(2, 16, 32, 4);

    private final PacketDecoder decoder = new PacketDecoder();
    private final PublishView view = new PublishView();
    private final AckView acknowledgement = new AckView();

    /**
     * A line of the table.
     *
     * @param name what is wrong
     * @param version of the connection
     * @param packet the whole packet
     * @param kind what answers it
     */
    record Line(String name, MqttVersion version, byte[] packet, Kind kind) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void isRefusedWithItsReasonCodeAndTheNextConnectionIsServed(Line line) throws MalformedPacketException {
        byte[] buffer = Bytes.hex("c0c0").raw(line.packet()).then("c0c0").array();

        assertThatThrownBy(() -> decode(buffer, 2, line.packet().length, line.version()))
                .isInstanceOfSatisfying(
                        MalformedPacketException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(line.kind()));

        byte[] good = Bytes.hex("0001").string("a").then("01").packet(0x82);
        decode(good, 0, good.length, MqttVersion.MQTT_3_1_1);
    }

    private void decode(byte[] buffer, int offset, int length, MqttVersion version) throws MalformedPacketException {
        if ((buffer[offset] & 0xF0) == 0x30) {
            view.decode(buffer, offset, length, version, LIMITS);
            view.requirePayloadFormat();
        } else if ((buffer[offset] & 0xF0) == 0x80 || (buffer[offset] & 0xF0) == 0xA0) {
            FilterPacket filters = FilterPacket.of(buffer, offset, length, version, LIMITS);
            assertThat(filters.check(Integer.MAX_VALUE)).isTrue();
        } else if (new Sample("", version, new byte[] {buffer[offset]}).isAcknowledgement()) {
            acknowledgement.decode(buffer, offset, length, version, LIMITS);
        } else {
            decoder.decode(buffer, offset, length, version, LIMITS);
        }
    }

    static List<Line> lines() {
        try {
            return Files.readAllLines(TABLE).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(MalformedPacketTest::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code name | version | kind | first byte, then hexadecimal, "string" with its length, 'text' without}. */
    private static Line parse(String line) {
        String[] columns = line.split("\\|", 4);
        List<String> tokens = Arrays.stream(columns[3].trim().split(" +")).toList();
        Bytes rest = Bytes.hex("");
        for (String token : tokens.subList(1, tokens.size())) {
            if (token.startsWith("\"")) {
                rest.string(token.substring(1, token.length() - 1));
            } else if (token.startsWith("'")) {
                rest.raw(token.substring(1, token.length() - 1).getBytes(StandardCharsets.UTF_8));
            } else {
                rest.then(token);
            }
        }
        int version = Integer.parseInt(columns[1].trim());
        return new Line(
                columns[0].trim(),
                Sample.VERSIONS.get(version - 3),
                rest.packet(Integer.parseInt(tokens.get(0), 16)),
                Kind.valueOf(columns[2].trim()));
    }
}
