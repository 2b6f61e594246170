// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import io.netty.handler.codec.mqtt.MqttVersion;

/**
 * A client's PUBACK, PUBREC, PUBREL or PUBCOMP, checked (MQTT 5.0 sections 3.4 to 3.7). Most of what a subscriber sends are
 * these: none costs an object.
 *
 * <p>A flyweight, one per I/O thread: {@link #decode} points it at the next packet.
 */
public final class AckView {
    private final Cursor cursor = new Cursor();
    private final PropertyScan properties = new PropertyScan();
    private int packetId;
    private int reasonCode;

    /** Makes a view of nothing, to be used after {@link #decode}. */
    public AckView() {
        // Nothing to set.
    }

    /**
     * Checks a whole packet and takes its fields.
     *
     * @param offset where the fixed header begins
     * @param length of the packet, fixed header included
     * @throws MalformedPacketException the packet breaks the specification or the limits
     */
    public void decode(byte[] buffer, int offset, int length, MqttVersion version, DecodeLimits limits)
            throws MalformedPacketException {
        byte first = buffer[offset];
        FixedHeader.requireFromClient(first, version == MqttVersion.MQTT_3_1);
        cursor.reset(buffer, FixedHeader.bodyOffset(buffer, offset), offset + length);
        packetId = cursor.readPacketId();
        reasonCode = ReasonScan.acknowledgement(
                cursor, properties, FixedHeader.type(first), version == MqttVersion.MQTT_5, limits);
    }

    /** The packet identifier, 1 to 65,535. */
    public int packetId() {
        return packetId;
    }

    /** The reason code, 0 to 255; 0 where none stands in the packet. */
    public int reasonCode() {
        return reasonCode;
    }
}
