// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The MQTT control packets that one I/O loop has received and sent. Only that loop writes, so a packet costs no atomic
 * update; any thread may read.
 */
public final class PacketCounts {
    static final int TYPES = 16;
    static final int QOS_LEVELS = 3;
    private static final int PUBLISH = 3;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    /** Keeps the counts of two loops out of one cache line. */
    private static final int PADDING = 8;

    private static final int RECEIVED = PADDING;
    private static final int SENT = RECEIVED + TYPES;
    private static final int PUBLISH_RECEIVED = SENT + TYPES;
    private static final int PUBLISH_SENT = PUBLISH_RECEIVED + QOS_LEVELS;

    private final long[] counts = new long[PUBLISH_SENT + QOS_LEVELS + PADDING];

    private final MillisHistogram[] untilAck = histograms();
    private final MillisHistogram[] untilDelivery = histograms();

    PacketCounts() {}

    private static MillisHistogram[] histograms() {
        return new MillisHistogram[] {new MillisHistogram(), new MillisHistogram(), new MillisHistogram()};
    }

    /** Counts how long a PUBLISH of QoS 1 or 2 waited for its PUBACK or PUBREC, by the loop's clock. On the loop. */
    public void acknowledged(int qos, long millis) {
        untilAck[qos].count(millis);
    }

    /** Counts how long after it came to a gateway a message went to a subscriber, by the loop's clock. On the loop. */
    public void delivered(int qos, long millis) {
        untilDelivery[qos].count(millis);
    }

    MillisHistogram untilAck(int qos) {
        return untilAck[qos];
    }

    MillisHistogram untilDelivery(int qos) {
        return untilDelivery[qos];
    }

    /** Counts a packet that came; {@code type} as on the wire, 0 for one that is no packet of MQTT. On the loop. */
    public void received(int type) {
        count(RECEIVED + type);
    }

    /** Counts a packet that goes; {@code type} as on the wire, but not PUBLISH, see {@link #publishSent}. On the loop. */
    public void sent(int type) {
        count(SENT + type);
    }

    /** Counts a PUBLISH that came, by its QoS, 0 to 2. On the loop. */
    public void publishReceived(int qos) {
        count(PUBLISH_RECEIVED + qos);
    }

    /** Counts a PUBLISH that goes, by the QoS of this delivery, 0 to 2: it is a packet sent, too. On the loop. */
    public void publishSent(int qos) {
        count(PUBLISH_SENT + qos);
    }

    long packetsReceived(int type) {
        return read(RECEIVED + type);
    }

    long packetsSent(int type) {
        return type == PUBLISH ? publishesSent(0) + publishesSent(1) + publishesSent(2) : read(SENT + type);
    }

    long publishesReceived(int qos) {
        return read(PUBLISH_RECEIVED + qos);
    }

    long publishesSent(int qos) {
        return read(PUBLISH_SENT + qos);
    }

    private void count(int index) {
        COUNT.setOpaque(counts, index, counts[index] + 1);
    }

    private long read(int index) {
        return (long) COUNT.getOpaque(counts, index);
    }
}
