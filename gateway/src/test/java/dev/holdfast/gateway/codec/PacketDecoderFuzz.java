// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.Arrays;

/**
 * Whatever the bytes, the decoder gives a good message or a {@link MalformedPacketException}, and goes on.
 *
 * <p>Jazzer runs it when asked by name; {@link FuzzReplayTest} replays its inputs in every build.
 */
final class PacketDecoderFuzz {
    private static final byte[] GOOD = Sample.connectWithEverything();

    private final PacketDecoder decoder = new PacketDecoder();
    private final AckView acknowledgement = new AckView();

    /** The first byte chooses the version, the second is the packet's first, the others follow its Remaining Length. */
    @FuzzTest(maxDuration = "1m")
    void givesMessagesOrMalformedPacketExceptions(byte[] data) throws MalformedPacketException {
        if (data.length < 2 || (data[1] & 0xF0) == 0x30) {
            return;
        }
        MqttVersion version = Sample.VERSIONS.get(Math.floorMod(data[0], 3));
        byte[] packet =
                Bytes.hex("").raw(Arrays.copyOfRange(data, 2, data.length)).packet(data[1] & 0xFF);

        try {
            if ((data[1] & 0xF0) == 0x80 || (data[1] & 0xF0) == 0xA0) {
                assertThat(filterBytes(packet, version)).isLessThanOrEqualTo(packet.length);
                return;
            }
            if (new Sample("", version, packet).isAcknowledgement()) {
                acknowledgement.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
                assertThat(acknowledgement.packetId()).isBetween(1, 65_535);
                return;
            }
            MqttMessage message = decoder.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
            assertThat(message.decoderResult().isSuccess()).isTrue();
            assertThat(message.fixedHeader().messageType().value()).isEqualTo((data[1] & 0xF0) >>> 4);
            assertThat(textBytes(message)).isLessThanOrEqualTo(packet.length);
        } catch (MalformedPacketException e) {
            // What netty refuses, the scan should have: netty does not say which reason code answers it.
            assertThat(e).hasMessageNotContaining("netty");
        }

        MqttMessage next = decoder.decode(GOOD, 0, GOOD.length, MqttVersion.MQTT_5, DecodeLimits.DEFAULT);
        assertThat(((MqttConnectMessage) next).payload().clientIdentifier()).isEqualTo("client");
    }

    private static int textBytes(MqttMessage message) {
        if (message instanceof MqttConnectMessage connect) {
            MqttConnectPayload payload = connect.payload();
            byte[] password = payload.passwordInBytes();
            return payload.clientIdentifier().length() + (password == null ? 0 : password.length);
        }
        return 0;
    }

    private static int filterBytes(byte[] packet, MqttVersion version) throws MalformedPacketException {
        FilterPacket filters = FilterPacket.of(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
        boolean isChecked = false;
        while (!isChecked) {
            isChecked = filters.check(3);
        }
        int bytes = 0;
        int taken = 0;
        for (; filters.hasNext(); taken++) {
            bytes += filters.next().length();
        }
        assertThat(taken).isEqualTo(filters.count()).isPositive();
        return bytes;
    }
}
