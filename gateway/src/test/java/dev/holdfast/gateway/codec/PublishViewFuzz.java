// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A PUBLISH that the view accepts reads the same for netty, and comes out of the gateway as it came in.
 *
 * <p>Jazzer runs it when asked by name; {@link FuzzReplayTest} replays its inputs in every build.
 */
final class PublishViewFuzz {
    private static final byte[] ALIASED = "aliased".getBytes(StandardCharsets.US_ASCII);

    private final PublishView view = new PublishView();

    /** The first byte chooses version and flags, the others follow the packet's Remaining Length. */
    @FuzzTest(maxDuration = "1m")
    void acceptedPublishesSurviveTheGateway(byte[] data) throws MalformedPacketException {
        if (data.length == 0) {
            return;
        }
        MqttVersion version = Sample.VERSIONS.get((data[0] >>> 4 & 3) % 3);
        byte[] packet =
                Bytes.hex("").raw(Arrays.copyOfRange(data, 1, data.length)).packet(0x30 | (data[0] & 0x0F));

        try {
            view.decode(packet, 0, packet.length, version, DecodeLimits.DEFAULT);
        } catch (MalformedPacketException e) {
            return;
        }
        NettyPublish in = NettyPublish.decode(packet, version);
        assertThat(NettyPublish.of(view, packet)).isEqualTo(in.withoutProperties());

        Message message = view.toMessage(new MessageId(1, 2), ALIASED, 1000);
        EncodedPublish encoded = EncodedPublish.of(message, version, view.qos(), view.retain(), 1000);
        byte[] out = EncodedPublishTest.packet(encoded, message);
        if (view.qos() > 0) {
            out[encoded.packetIdOffset()] = (byte) (view.packetId() >>> 8);
            out[encoded.packetIdOffset() + 1] = (byte) view.packetId();
        }
        view.decode(out, 0, out.length, version, DecodeLimits.DEFAULT);
        assertThat(NettyPublish.decode(out, version)).isEqualTo(in.asForwarded("aliased"));
    }
}
