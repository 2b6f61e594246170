// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import io.netty.handler.codec.mqtt.MqttProperties;

/**
 * Reads the Maximum Packet Size of MQTT 5 out of a CONNECT that has not been decoded, and perhaps cannot be, so that its refusal is
 * not longer than the client takes [MQTT-3.2.2-19] [MQTT-3.2.2-20].
 */
public final class ClaimedPacketSize {
    private static final int NONE = Integer.MAX_VALUE;

    private final byte[] packet;
    private final int end;
    private int at;

    private ClaimedPacketSize(byte[] packet, int at, int end) {
        this.packet = packet;
        this.at = at;
        this.end = end;
    }

    /** What the client takes, in bytes; all that can be sent, if it says nothing or nothing that can be read. */
    public static int of(byte[] packet, int offset, int length) {
        // Behind the level stand a byte of flags and two of the keep alive.
        int from = RawConnect.levelAt(packet, offset, length) + 4;
        return new ClaimedPacketSize(packet, from, offset + length).find();
    }

    private int find() {
        long properties = variableInteger();
        long last = at + properties;
        while (at < last && at < end) {
            int property = packet[at++] & 0xFF;
            switch (property) {
                case MqttProperties.MAXIMUM_PACKET_SIZE -> {
                    return at + 4 <= end ? claimed() : NONE;
                }
                case MqttProperties.SESSION_EXPIRY_INTERVAL -> at += 4;
                case MqttProperties.RECEIVE_MAXIMUM, MqttProperties.TOPIC_ALIAS_MAXIMUM -> at += 2;
                case MqttProperties.REQUEST_PROBLEM_INFORMATION, MqttProperties.REQUEST_RESPONSE_INFORMATION -> at++;
                case MqttProperties.AUTHENTICATION_METHOD, MqttProperties.AUTHENTICATION_DATA -> skipText();
                case MqttProperties.USER_PROPERTY -> {
                    skipText();
                    skipText();
                }
                default -> {
                    return NONE;
                }
            }
        }
        return NONE;
    }

    private int claimed() {
        int size = packet[at] << 24
                | (packet[at + 1] & 0xFF) << 16
                | (packet[at + 2] & 0xFF) << 8
                | (packet[at + 3] & 0xFF);
        return size > 0 ? size : NONE; // 0 is an error of the client's, and more than 2^31 is more than any packet has
    }

    private void skipText() {
        at += at + 2 <= end ? 2 + ((packet[at] & 0xFF) << 8 | (packet[at + 1] & 0xFF)) : 2;
    }

    private long variableInteger() {
        long value = 0;
        for (int shift = 0; shift < 28 && at < end; shift += 7) {
            int digit = packet[at++];
            value |= (long) (digit & 0x7F) << shift;
            if (digit >= 0) {
                break;
            }
        }
        return value;
    }
}
