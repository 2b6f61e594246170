// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.codec.PublishView;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH to {@code $auth/refresh}: its payload is a new token, for clients that have no AUTH packet. It is never routed,
 * stored or logged. At QoS 1 and 2 it is acknowledged when the token has been accepted.
 */
final class RefreshHandler {
    private static final String TOPIC = "$auth/refresh";
    private static final byte[] TOPIC_UTF8 = TOPIC.getBytes(StandardCharsets.US_ASCII);

    /**
     * Whether a PUBLISH is one of these.
     *
     * @param aliased the topic behind its alias, in UTF-8, or null without one
     */
    boolean isFor(PublishView view, byte @Nullable [] aliased) {
        return aliased == null ? view.topicIs(TOPIC_UTF8) : Arrays.equals(aliased, TOPIC_UTF8);
    }

    void handle(Connection connection, PublishView view, byte[] buffer) {
        // The view is the loop's: what follows may read other packets with it.
        int from = view.payloadOffset();
        byte[] token = Arrays.copyOfRange(buffer, from, from + view.payloadLength());
        int qos = view.qos();
        int packetId = view.packetId();
        connection.tools().dealWithArrived(); // what came before was under the rights of before
        if (!connection.isAccepted()) {
            return;
        }
        if (qos > 0 && PublishHandler.exceedsReceiveMaximum(connection, packetId, qos)) {
            connection.end(Outcome.RECEIVE_MAXIMUM_EXCEEDED); // [MQTT-3.3.4-7]
        } else if (connection.phase() == Phase.REAUTHENTICATING) {
            connection.end(Outcome.PROTOCOL_ERROR, "one renewal at a time");
        } else {
            renew(connection, token, qos, packetId);
        }
    }

    private static void renew(Connection connection, byte[] token, int qos, int packetId) {
        Credentials credentials = new Credentials(
                connection.session().clientId(),
                connection.username(),
                token,
                null,
                null,
                connection.wire().peer().host(),
                null);
        if (qos == 0) {
            Renewal.begin(connection, credentials, dropped -> {});
            return;
        }
        MqttMessageType type = qos == 1 ? MqttMessageType.PUBACK : MqttMessageType.PUBREC;
        AckQueue.Owed owed = connection.acks().owe(type, packetId);
        Renewal.begin(connection, credentials, dropped -> connection.acks().settle(owed, 0));
    }
}
