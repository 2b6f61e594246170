// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

/**
 * Tells well-formed UTF-8 (RFC 3629) from everything else: no over-long forms, no surrogates, nothing above U+10FFFF.
 *
 * <p>Control characters and non-characters pass: MQTT 5.0 section 1.5.4 leaves them to the receiver, and a strict
 * receiver would cut off clients that work elsewhere.
 */
final class Utf8 {
    private Utf8() {}

    /** Whether the bytes are an MQTT string: well-formed, without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]. */
    static boolean isMqttString(byte[] bytes, int from, int to) {
        return isWellFormed(bytes, from, to, false);
    }

    /** Whether the bytes are well-formed; U+0000 passes, as in a payload with Payload Format Indicator 1. */
    static boolean isText(byte[] bytes, int from, int to) {
        return isWellFormed(bytes, from, to, true);
    }

    private static boolean isWellFormed(byte[] bytes, int from, int to, boolean nulPasses) {
        int at = from;
        while (at < to) {
            byte lead = bytes[at];
            if (lead > 0 || (lead == 0 && nulPasses)) {
                at++;
            } else {
                int length = sequenceLength(bytes, at, to);
                if (length == 0) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    /** The length of the sequence of two to four bytes at the position, 0 when there is no well-formed one. */
    private static int sequenceLength(byte[] bytes, int at, int to) {
        int lead = bytes[at] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || to - at < length) {
            return 0;
        }
        // RFC 3629: only the second byte's range depends on the lead.
        int second = bytes[at + 1] & 0xFF;
        int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = at + 2; i < at + length; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
