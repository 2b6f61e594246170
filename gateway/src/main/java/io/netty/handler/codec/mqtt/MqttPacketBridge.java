// SPDX-License-Identifier: Apache-2.0
package io.netty.handler.codec.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Netty's MQTT decoder and encoder, called on whole packets and without a pipeline.
 *
 * <p>It stands in netty's package because {@code MqttDecoder.decode} and {@code MqttEncoder.doEncode} cannot be seen
 * from elsewhere and both classes are final: the least work per packet of all the ways that were measured. The class
 * path allows it, the module path would not.
 *
 * <p>The context is of a channel that never carries a byte; both classes ask it for the protocol version and for
 * buffers, nothing else. For one thread.
 */
@NullMarked
public final class MqttPacketBridge {
    /** No limit of netty's own: the packet's length has been bounded before. */
    private static final int ANY_LENGTH = 268_435_460;

    private static final int ANY_CLIENT_ID = 65_535;

    private final ChannelHandlerContext context;
    private final List<Object> out = new ArrayList<>(1);
    private MqttDecoder decoder = newDecoder();

    /** Makes a bridge for one thread. */
    public MqttPacketBridge() {
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelHandlerAdapter() {});
        channel.config().setAllocator(new UnpooledByteBufAllocator(false, true));
        context = channel.pipeline().firstContext();
    }

    /**
     * Decodes exactly one packet.
     *
     * @return null when netty refuses it, or makes of it anything but one message that uses all its bytes
     */
    public @Nullable MqttMessage decode(byte[] bytes, int offset, int length, MqttVersion version) {
        MqttCodecUtil.setMqttVersion(context, version);
        ByteBuf packet = Unpooled.wrappedBuffer(bytes, offset, length);
        try {
            decoder.decode(context, packet, out);
            if (out.size() == 1
                    && out.get(0) instanceof MqttMessage message
                    && message.decoderResult().isSuccess()
                    && !packet.isReadable()) {
                return message;
            }
        } catch (Exception | Error e) {
            // Netty's Signal for "more bytes" is an Error; like any other failure it ends this decoder's use.
            if (e instanceof VirtualMachineError failure) {
                throw failure;
            }
        } finally {
            out.clear();
        }
        decoder = newDecoder();
        return null;
    }

    /**
     * Encodes one message.
     *
     * @return the packet in an array of its length
     */
    public byte[] encode(MqttMessage message, MqttVersion version) {
        MqttCodecUtil.setMqttVersion(context, version);
        ByteBuf packet = MqttEncoder.doEncode(context, message);
        try {
            byte[] bytes = new byte[packet.readableBytes()];
            packet.readBytes(bytes);
            return bytes;
        } finally {
            packet.release();
        }
    }

    private static MqttDecoder newDecoder() {
        return new MqttDecoder(ANY_LENGTH, ANY_CLIENT_ID);
    }
}
