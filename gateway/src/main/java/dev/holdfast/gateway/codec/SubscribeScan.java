// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Checks the bytes of SUBSCRIBE and UNSUBSCRIBE (MQTT 5.0 and 3.1.1 sections 3.8 and 3.10).
 *
 * <p>Of the topic filters only that they are strings and not empty: the rest is answered filter by filter.
 */
final class SubscribeScan {
    private static final byte[] SHARE = "$share/".getBytes(StandardCharsets.US_ASCII);

    private static final int QOS = 0x03;
    private static final int NO_LOCAL = 0x04;
    private static final int RETAIN_HANDLING = 0x30;
    private static final int RESERVED = 0xC0;

    private SubscribeScan() {}

    static void subscribe(Cursor cursor, PropertyScan properties, boolean v5, DecodeLimits limits)
            throws MalformedPacketException {
        cursor.readPacketId();
        if (v5) {
            properties.scan(cursor, Property.IN_SUBSCRIBE, limits);
        }
        requireFilters(cursor);
        while (cursor.hasMore()) {
            int length = filter(cursor);
            int filterTo = cursor.position();
            int options = cursor.readByte();
            if (v5) {
                options(options, isShared(cursor.bytes(), filterTo - length, filterTo));
            } else if (options > 2) {
                // MQTT 3.1.1: [MQTT-3-8.3-4]
                throw malformed("a requested QoS that is not 0, 1 or 2");
            }
        }
    }

    static void unsubscribe(Cursor cursor, PropertyScan properties, boolean v5, DecodeLimits limits)
            throws MalformedPacketException {
        cursor.readPacketId();
        if (v5) {
            properties.scan(cursor, Property.IN_UNSUBSCRIBE, limits);
        }
        requireFilters(cursor);
        while (cursor.hasMore()) {
            filter(cursor);
        }
    }

    private static void options(int options, boolean shared) throws MalformedPacketException {
        if ((options & RESERVED) != 0) {
            // [MQTT-3.8.3-5]
            throw malformed("reserved subscription options are set");
        }
        if ((options & QOS) == QOS) {
            throw protocolError("Maximum QoS 3");
        }
        if ((options & RETAIN_HANDLING) == RETAIN_HANDLING) {
            throw protocolError("Retain Handling 3");
        }
        if (shared && (options & NO_LOCAL) != 0) {
            // [MQTT-3.8.3-4]
            throw protocolError("No Local on a shared subscription");
        }
    }

    /** Accepts that the packet has a topic filter at all [MQTT-3.8.3-2] [MQTT-3.10.3-2]. */
    private static void requireFilters(Cursor cursor) throws MalformedPacketException {
        if (!cursor.hasMore()) {
            throw protocolError("no topic filter");
        }
    }

    /** Reads one topic filter; gives its length. */
    private static int filter(Cursor cursor) throws MalformedPacketException {
        int length = cursor.skipString();
        if (length == 0) {
            // [MQTT-4.7.3-1]
            throw new MalformedPacketException(Kind.TOPIC_FILTER_INVALID, "an empty topic filter");
        }
        return length;
    }

    private static boolean isShared(byte[] bytes, int from, int to) {
        return to - from >= SHARE.length && Arrays.equals(SHARE, 0, SHARE.length, bytes, from, from + SHARE.length);
    }
}
