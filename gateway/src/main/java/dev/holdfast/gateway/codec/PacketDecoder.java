// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;

import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttVersion;
import org.jspecify.annotations.Nullable;

/**
 * Whole packets of a client, all types but PUBLISH, those with topic filters and acknowledgements, to netty's messages.
 *
 * <p>Every byte is checked here before netty sees it, since netty lets much pass that the specification forbids. One
 * per I/O thread: it has no state of any connection, and netty's decoder, which a failure leaves unusable, is replaced
 * after one. The messages hold no reference to the buffer.
 */
public final class PacketDecoder {
    private final Cursor cursor = new Cursor();
    private final PropertyScan properties = new PropertyScan();
    private final MqttPacketBridge netty = new MqttPacketBridge();

    /** Makes the decoder of one I/O thread. */
    public PacketDecoder() {
        // The parts are made above.
    }

    /**
     * Decodes one whole packet. Flags of its first byte that MQTT 3.1 does not use are cleared in the buffer.
     *
     * @param offset where the fixed header begins
     * @param length of the packet, fixed header included, as {@link Framer} has measured it
     * @param version what the connection's CONNECT has said; of no effect when this is a CONNECT, whose own counts
     * @return the message, never a failed one
     * @throws MalformedPacketException the packet breaks the specification or the limits
     */
    public MqttMessage decode(byte[] buffer, int offset, int length, MqttVersion version, DecodeLimits limits)
            throws MalformedPacketException {
        byte first = buffer[offset];
        FixedHeader.requireFromClient(first, version == MqttVersion.MQTT_3_1);
        int body = FixedHeader.bodyOffset(buffer, offset);
        int type = FixedHeader.type(first);
        cursor.reset(buffer, body, offset + length);
        scan(first, version == MqttVersion.MQTT_5, limits);
        buffer[offset] = FixedHeader.withPlainFlags(first); // netty knows no MQTT 3.1 here
        return type == FixedHeader.PINGREQ ? MqttMessage.PINGREQ : decodeByNetty(buffer, offset, length, version);
    }

    private void scan(byte first, boolean v5, DecodeLimits limits) throws MalformedPacketException {
        int type = FixedHeader.type(first);
        switch (type) {
            case FixedHeader.CONNECT -> ConnectScan.scan(first, cursor, properties, limits);
            case FixedHeader.PINGREQ -> cursor.requireEnd();
            case FixedHeader.DISCONNECT -> ReasonScan.disconnect(cursor, properties, v5, limits);
            case FixedHeader.AUTH -> ReasonScan.auth(cursor, properties, v5, limits);
            default ->
                throw new IllegalArgumentException(
                        "PUBLISH is for PublishView, what has topic filters for FilterPacket, an acknowledgement for AckView");
        }
    }

    private MqttMessage decodeByNetty(byte[] buffer, int offset, int length, MqttVersion version)
            throws MalformedPacketException {
        @Nullable MqttMessage message = netty.decode(buffer, offset, length, version);
        if (message == null) {
            throw malformed("netty's decoder refuses the packet");
        }
        return message;
    }
}
