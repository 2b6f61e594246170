// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A SUBSCRIBE or UNSUBSCRIBE of a client (MQTT 5.0 and 3.1.1 sections 3.8 and 3.10), which may have tens of thousands of topic
 * filters and is therefore read some at a time: first they are all checked, then each is taken.
 *
 * <p>Of the topic filters only that they are strings and not empty is checked: the rest is answered filter by filter. It holds
 * a copy of its bytes. On one thread.
 */
public final class FilterPacket {
    private static final byte[] SHARE = "$share/".getBytes(StandardCharsets.US_ASCII);

    private static final int QOS = 0x03;
    private static final int NO_LOCAL = 0x04;
    private static final int RETAIN_AS_PUBLISHED = 0x08;
    private static final int RETAIN_HANDLING = 0x30;
    private static final int RESERVED = 0xC0;

    private final boolean isSubscribe;
    private final boolean v5;
    private final int packetId;
    private final int subscriptionIdentifier;
    private final Cursor checking = new Cursor();
    private final Cursor taking = new Cursor();
    private int count;
    private int options;

    private FilterPacket(boolean isSubscribe, boolean v5, int packetId, int subscriptionIdentifier, byte[] filters) {
        this.isSubscribe = isSubscribe;
        this.v5 = v5;
        this.packetId = packetId;
        this.subscriptionIdentifier = subscriptionIdentifier;
        checking.reset(filters, 0, filters.length);
        taking.reset(filters, 0, filters.length);
    }

    /**
     * Reads a packet up to its first topic filter.
     *
     * @param offset where the fixed header begins
     * @param length of the packet, fixed header included, as {@link Framer} has measured it
     * @throws MalformedPacketException the packet breaks the specification or the limits
     */
    public static FilterPacket of(byte[] buffer, int offset, int length, MqttVersion version, DecodeLimits limits)
            throws MalformedPacketException {
        byte first = buffer[offset];
        FixedHeader.requireFromClient(first, version == MqttVersion.MQTT_3_1);
        boolean isSubscribe = FixedHeader.type(first) == FixedHeader.SUBSCRIBE;
        if (!isSubscribe && FixedHeader.type(first) != FixedHeader.UNSUBSCRIBE) {
            throw new IllegalArgumentException("a packet without topic filters");
        }
        Cursor cursor = new Cursor();
        cursor.reset(buffer, FixedHeader.bodyOffset(buffer, offset), offset + length);
        int packetId = cursor.readPacketId();
        boolean v5 = version == MqttVersion.MQTT_5;
        PropertyScan properties = new PropertyScan();
        if (v5) {
            properties.scan(cursor, isSubscribe ? Property.IN_SUBSCRIBE : Property.IN_UNSUBSCRIBE, limits);
        }
        if (!cursor.hasMore()) {
            throw protocolError("no topic filter"); // [MQTT-3.8.3-2], [MQTT-3.10.3-2]
        }
        byte[] filters = Arrays.copyOfRange(buffer, cursor.position(), offset + length);
        return new FilterPacket(isSubscribe, v5, packetId, properties.subscriptionIdentifier(), filters);
    }

    /** The packet identifier, 1 to 65535. */
    public int packetId() {
        return packetId;
    }

    /** The Subscription Identifier of a SUBSCRIBE, 0 if it has none. */
    public int subscriptionIdentifier() {
        return subscriptionIdentifier;
    }

    /**
     * Checks further topic filters.
     *
     * @param most so many at the most
     * @return whether all have been checked
     * @throws MalformedPacketException one of them breaks the specification
     */
    public boolean check(int most) throws MalformedPacketException {
        for (int i = 0; i < most && checking.hasMore(); i++) {
            int from = checking.position() + 2;
            if (checking.skipString() == 0) {
                // [MQTT-4.7.3-1]
                throw new MalformedPacketException(Kind.TOPIC_FILTER_INVALID, "an empty topic filter");
            }
            int to = checking.position();
            if (isSubscribe) {
                checkOptions(checking.readByte(), isShared(checking.bytes(), from, to));
            }
            count++;
        }
        return !checking.hasMore();
    }

    private void checkOptions(int given, boolean shared) throws MalformedPacketException {
        if (!v5) {
            if (given > 2) {
                // MQTT 3.1.1: [MQTT-3-8.3-4]
                throw malformed("a requested QoS that is not 0, 1 or 2");
            }
            return;
        }
        if ((given & RESERVED) != 0) {
            // [MQTT-3.8.3-5]
            throw malformed("reserved subscription options are set");
        }
        if ((given & QOS) == QOS) {
            throw protocolError("Maximum QoS 3");
        }
        if ((given & RETAIN_HANDLING) == RETAIN_HANDLING) {
            throw protocolError("Retain Handling 3");
        }
        if (shared && (given & NO_LOCAL) != 0) {
            // [MQTT-3.8.3-4]
            throw protocolError("No Local on a shared subscription");
        }
    }

    private static boolean isShared(byte[] bytes, int from, int to) {
        return to - from >= SHARE.length && Arrays.equals(SHARE, 0, SHARE.length, bytes, from, from + SHARE.length);
    }

    /** How many topic filters have been checked: when all have, how many there are. */
    public int count() {
        return count;
    }

    /** Whether there is a filter that has not been taken. */
    public boolean hasNext() {
        return taking.hasMore();
    }

    /**
     * Takes the next topic filter, all of which have been checked; the methods below tell its options.
     *
     * @return the filter, not empty
     */
    public String next() {
        try {
            int length = taking.skipBinary();
            String filter = new String(taking.bytes(), taking.position() - length, length, StandardCharsets.UTF_8);
            options = isSubscribe ? taking.readByte() : 0;
            return filter;
        } catch (MalformedPacketException e) {
            throw new IllegalStateException("taken before it was checked", e);
        }
    }

    /** Takes them once more from the first on. */
    public void rewind() {
        taking.reset(taking.bytes(), 0, taking.end());
    }

    /** The Maximum QoS of the filter that was taken last. */
    public int qos() {
        return options & QOS;
    }

    /** Whether No Local is set. */
    public boolean isNoLocal() {
        return (options & NO_LOCAL) != 0;
    }

    /** Whether Retain As Published is set. */
    public boolean isRetainAsPublished() {
        return (options & RETAIN_AS_PUBLISHED) != 0;
    }

    /** Retain Handling, 0 to 2. */
    public int retainHandling() {
        return (options & RETAIN_HANDLING) >>> 4;
    }
}
