// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;

/** Checks topic names as they stand in a packet, in one pass over their bytes. */
final class TopicScan {
    private TopicScan() {}

    /**
     * Accepts a topic name: at least one character [MQTT-4.7.3-1], UTF-8 without U+0000 [MQTT-3.3.2-1], no wildcards
     * [MQTT-3.3.2-2], within the limits.
     *
     * @throws MalformedPacketException malformed when it is no string, otherwise Topic Name invalid
     */
    static void requireName(byte[] bytes, int from, int to, DecodeLimits limits) throws MalformedPacketException {
        if (from == to) {
            throw invalid("the topic name is empty");
        }
        if (to - from > limits.maxTopicBytes()) {
            throw invalid("the topic name is too long");
        }
        int levels = 1;
        boolean ascii = true;
        boolean wildcard = false;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b <= 0) {
                ascii = false;
            } else if (b == '/') {
                levels++;
            } else if (b == '+' || b == '#') {
                wildcard = true;
            }
        }
        if (!ascii && !Utf8.isMqttString(bytes, from, to)) {
            throw malformed("the topic name is not UTF-8");
        }
        if (wildcard) {
            throw invalid("the topic name has a wildcard");
        }
        if (levels > limits.maxTopicLevels()) {
            throw invalid("the topic name has too many levels");
        }
    }

    /** Whether a wildcard character stands in the bytes: in UTF-8 it cannot be part of another. */
    static boolean hasWildcard(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '+' || bytes[i] == '#') {
                return true;
            }
        }
        return false;
    }

    private static MalformedPacketException invalid(String what) {
        return new MalformedPacketException(Kind.TOPIC_NAME_INVALID, what);
    }
}
