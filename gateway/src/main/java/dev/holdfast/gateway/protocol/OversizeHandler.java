// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.ClientNotice;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PublishView;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.limits.GrowingDelay;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.InboundExchanges;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A PUBLISH that is larger than {@code limits.max-packet-size}. A client sends again at each connection what was not acknowledged,
 * so that closing the connection would never end, and what stands behind it would never come: at QoS 1 and 2 the body is
 * skipped, up to {@code limits.max-skipped-packet-size}, and the packet is answered where MQTT has an answer. Otherwise the connection is
 * closed, at QoS 0 at once [MQTT-3.2.2-15], at QoS 1 and 2 later each time.
 */
final class OversizeHandler {
    private static final int NO_QOS = 3;
    private static final int LONGEST_TOPIC_SHOWN = 200;
    private static final String TEXT = "PUBLISH larger than limits.max-packet-size";

    private final ClientNotice notice = new ClientNotice(TEXT);
    private final GrowingDelay delays =
            new GrowingDelay(Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofMinutes(10));

    /**
     * A packet over the limit that is to be answered when its last byte has come.
     *
     * @param qos 1 or 2
     * @param packetId its packet identifier
     * @param length of the packet, fixed header included, in bytes
     */
    record Skipped(int qos, int packetId, int length) {}

    /** Whether the body of a packet over the limit is skipped; if not, the connection is closed. */
    boolean skips(Connection connection, byte[] buffer, int from, int to, int length) {
        byte first = buffer[from];
        if (!connection.client().isAccepted()
                || MqttMessageType.valueOf((first >> 4) & 0x0F) != MqttMessageType.PUBLISH) {
            return false;
        }
        int qos = first >> 1 & 3;
        if (connection.input().isHeardOut() || (qos > 0 && qos != NO_QOS)) {
            return true;
        }
        dropped(connection, PublishView.topicIn(buffer, from, to), length);
        return false;
    }

    /**
     * Begins to skip a packet over the limit, whose first bytes have been read.
     *
     * @return the answer that leaves once the rest has been skipped, or null
     */
    @Nullable
    Skipped begins(Connection connection, byte[] head, int headLength, int length) throws MalformedPacketException {
        if (connection.input().isHeardOut()) {
            return null; // its client sends it again elsewhere
        }
        PublishView view = connection.tools().publish;
        view.decodeBeginning(
                head, headLength, connection.version(), connection.services().decodeLimits());
        byte[] aliased = null;
        if (view.topicAlias() > 0 || view.topicEmpty()) {
            aliased = PublishHandler.resolveAlias(connection, view);
            if (aliased == null) {
                return null;
            }
        }
        connection.tools().packets.publishReceived(view.qos());
        String topic = aliased == null ? view.topic() : new String(aliased, StandardCharsets.UTF_8);
        dropped(connection, topic, length);
        LimitsConfig limits = connection.services().limits();
        boolean isSkipped = length <= limits.maxSkippedPacketSize().bytes();
        if (isSkipped && (connection.isV5() || limits.acknowledgeOversizeV3())) {
            return new Skipped(view.qos(), view.packetId(), length);
        }
        endLater(connection, isSkipped, length);
        return null;
    }

    /** Answers a packet that has gone by: MQTT 5 with a reason, MQTT 3 as if it had gone well [MQTT-3.3.5-2]. */
    void answer(Connection connection, Skipped skipped) {
        int packetId = skipped.packetId();
        boolean isRepeat = false;
        if (skipped.qos() == 2) {
            InboundExchanges inbound = connection.session().inbound();
            if (inbound.isUntouched(packetId)) {
                inbound.drop(packetId); // another message than the one that an earlier connection has brought
            }
            isRepeat = inbound.holds(packetId);
        }
        int reason = connection.isV5() && !isRepeat ? Outcome.QUOTA_EXCEEDED.v5Code() : 0;
        MqttMessageType type = skipped.qos() == 1 ? MqttMessageType.PUBACK : MqttMessageType.PUBREC;
        connection.acks().settle(connection.acks().owe(type, packetId), reason, words(connection, skipped.length()));
    }

    private void dropped(Connection connection, @Nullable String topic, int length) {
        connection.services().metrics().dropped(Dropped.OVERSIZE);
        String shown = topic == null || topic.length() <= LONGEST_TOPIC_SHOWN
                ? topic
                : topic.substring(0, LONGEST_TOPIC_SHOWN);
        notice.tell(
                connection.client(),
                line -> line.addKeyValue("topic", shown == null ? "-" : shown).addKeyValue("bytes", length));
    }

    /**
     * Ends the connection: at once if it is the first time. A client that comes back with the same packet again and again is kept
     * for a while, up to a minute, in which all else that it sends is taken.
     */
    private void endLater(Connection connection, boolean isSkipped, int length) {
        long now = System.nanoTime();
        String who = connection.client().identity().principal()
                + '\0'
                + connection.client().id();
        Duration delay = delays.next(who, now);
        String words = words(connection, length);
        if (delay.isZero()) {
            connection.end(Outcome.PACKET_TOO_LARGE, words);
            return;
        }
        if (!isSkipped) {
            connection.pacing().pause(Pacing.ENDING);
        }
        connection
                .tools()
                .later(delay, () -> connection.client().guard(() -> connection.end(Outcome.PACKET_TOO_LARGE, words)));
    }

    private static String words(Connection connection, int length) {
        int allowed = connection.services().limits().maxPacketSize().asInt();
        return "a packet of " + length + " bytes, " + allowed + " are allowed";
    }
}
