// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import io.netty.handler.codec.mqtt.MqttVersion;

/** What can be read of a CONNECT before it is decoded, and of one that cannot be decoded (MQTT 5.0 section 3.1.2). Pure. */
public final class RawConnect {
    private static final int V3_1_LEVEL = 3;
    private static final int V3_1_1_LEVEL = 4;
    private static final int V5_LEVEL = 5;
    private static final int BRIDGE = 0x80;

    private RawConnect() {}

    /**
     * The protocol version a CONNECT packet claims, before it has been decoded, so that a refusal can be written in it;
     * MQTT 5 for levels above it.
     */
    public static MqttVersion versionOf(byte[] buffer, int offset, int length) {
        int levelAt = levelAt(buffer, offset, length);
        int level = levelAt < offset + length ? buffer[levelAt] & ~BRIDGE : 0;
        if (level >= V5_LEVEL) {
            return MqttVersion.MQTT_5;
        }
        return level == V3_1_LEVEL ? MqttVersion.MQTT_3_1 : MqttVersion.MQTT_3_1_1;
    }

    /**
     * Takes the bit out of a CONNECT by which mosquitto says that it is a bridge, in the level of MQTT 3.1 and 3.1.1: so it is the
     * CONNECT of any client.
     *
     * @return whether it was there
     */
    public static boolean takeBridgeBit(byte[] buffer, int offset, int length) {
        int levelAt = levelAt(buffer, offset, length);
        if (levelAt >= offset + length) {
            return false;
        }
        int level = buffer[levelAt] & 0xFF;
        boolean isBridge = level == (V3_1_LEVEL | BRIDGE) || level == (V3_1_1_LEVEL | BRIDGE);
        if (isBridge) {
            buffer[levelAt] &= ~BRIDGE;
        }
        return isBridge;
    }

    /** Where the protocol level stands; at or behind the end if it is not there. */
    static int levelAt(byte[] buffer, int offset, int length) {
        int at = offset + 1;
        while (at < offset + length && buffer[at] < 0) {
            at++;
        }
        int nameLength = at + 2 < offset + length ? (buffer[at + 1] & 0xFF) << 8 | (buffer[at + 2] & 0xFF) : 0;
        return at + 3 + nameLength;
    }
}
