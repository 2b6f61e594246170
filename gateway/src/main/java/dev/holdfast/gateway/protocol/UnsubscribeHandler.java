// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.session.Session;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;
import io.netty.handler.codec.mqtt.MqttUnsubAckPayload;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** UNSUBSCRIBE: the filters leave the store and the routes, UNSUBACK says which were there (MQTT 5.0 section 3.10). */
final class UnsubscribeHandler {
    private static final short SUCCESS = 0x00;
    private static final short NO_SUBSCRIPTION_EXISTED = 0x11;
    private static final MqttFixedHeader UNSUBACK =
            new MqttFixedHeader(MqttMessageType.UNSUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0);

    void handle(Connection connection, MqttMessage message) {
        MqttUnsubscribeMessage unsubscribe = (MqttUnsubscribeMessage) message;
        int packetId = unsubscribe.variableHeader().messageId();
        List<String> filters = unsubscribe.payload().topics();
        Session session = connection.session();
        CompletableFuture<?> stored = session.forget(worthAsking(connection, session, filters));
        SubscriptionBarrier barrier = stored.isDone() ? null : connection.barrier();
        if (barrier != null) {
            barrier.begin();
        }
        connection.whenStored(stored, () -> {
            answer(connection, session, packetId, filters);
            if (barrier != null) {
                barrier.end();
            }
        });
    }

    /**
     * The filters of which the store is told: all that the session has, however many there are, and of the others, which may be
     * about to be stored, no more than one SUBSCRIBE may bring.
     */
    private static List<String> worthAsking(Connection connection, Session session, List<String> filters) {
        int most = connection.services().limits().maxFiltersPerSubscribe();
        if (filters.size() <= most) {
            return filters;
        }
        Set<String> worth = new LinkedHashSet<>();
        int unknown = 0;
        for (String filter : filters) {
            if (session.slot().subscription(filter) != null || unknown++ < most) {
                worth.add(filter);
            }
        }
        return List.copyOf(worth);
    }

    private static void answer(Connection connection, Session session, int packetId, List<String> filters) {
        if (session.isClosed()) {
            connection.services().routes().leftBehind(session.slot()); // [MQTT-3.10.4-2]
            return;
        }
        List<Short> codes = new ArrayList<>(filters.size());
        for (String filter : filters) {
            boolean existed = session.slot().subscription(filter) != null;
            connection.services().routes().unsubscribe(session.slot(), filter);
            session.unsubscribed(filter);
            codes.add(existed ? SUCCESS : NO_SUBSCRIPTION_EXISTED);
        }
        connection.whenStored(
                connection.services().routes().settled(), () -> send(connection, session, packetId, codes));
    }

    private static void send(Connection connection, Session session, int packetId, List<Short> codes) {
        if (session.isClosed()) {
            return;
        }
        MqttUnsubAckMessage unsuback = new MqttUnsubAckMessage(
                UNSUBACK,
                new MqttMessageIdAndPropertiesVariableHeader(packetId, MqttProperties.NO_PROPERTIES),
                new MqttUnsubAckPayload(codes));
        connection.send(connection.tools().encoder.encode(unsuback, connection.version()), MqttMessageType.UNSUBACK);
    }
}
