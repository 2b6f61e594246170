// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.topic.SharedFilter;
import dev.holdfast.gateway.topic.Topics;
import dev.holdfast.store.Subscription;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * SUBSCRIBE: each filter is judged on its own, what is granted is stored and routed, SUBACK says so, and the retained
 * messages follow (MQTT 5.0 section 3.8).
 */
final class SubscribeHandler {
    private static final int V3_FAILURE = 0x80;
    private static final int TOPIC_FILTER_INVALID = 0x8F;
    private static final int QUOTA_EXCEEDED = 0x97;

    void handle(Connection connection, MqttMessage message) {
        MqttSubscribeMessage subscribe = (MqttSubscribeMessage) message;
        MqttMessageIdAndPropertiesVariableHeader header = subscribe.idAndPropertiesVariableHeader();
        int identifier = identifierOf(header.properties());
        List<MqttTopicSubscription> asked = subscribe.payload().topicSubscriptions();
        int[] codes = new int[asked.size()];
        List<Subscription> granted = new ArrayList<>(asked.size());
        int judged = Math.min(codes.length, connection.services().limits().maxFiltersPerSubscribe());
        if (judged < codes.length) {
            connection.services().metrics().refused("filters_per_subscribe");
            Arrays.fill(codes, judged, codes.length, connection.isV5() ? QUOTA_EXCEEDED : V3_FAILURE);
        }
        int fresh = 0;
        for (int i = 0; i < judged; i++) {
            Subscription wanted = subscription(asked.get(i), identifier);
            boolean isNew = connection.session().slot().subscription(wanted.filter()) == null;
            codes[i] = judge(connection, wanted, isNew, fresh);
            if (codes[i] <= 2) {
                granted.add(wanted);
                fresh += isNew ? 1 : 0;
            }
        }
        store(connection, header.messageId(), codes, granted, fresh);
    }

    private static Subscription subscription(MqttTopicSubscription asked, int identifier) {
        return new Subscription(
                asked.topicFilter(),
                asked.option().qos().value(),
                asked.option().isNoLocal(),
                asked.option().isRetainAsPublished(),
                asked.option().retainHandling().value(),
                identifier);
    }

    /**
     * The code for one filter.
     *
     * @param isNew whether it replaces none that the session has
     * @param fresh how many of this packet have been granted that do not either
     */
    private static int judge(Connection connection, Subscription wanted, boolean isNew, int fresh) {
        LimitsConfig limits = connection.services().limits();
        String filter = wanted.filter();
        boolean v5 = connection.isV5();
        if (Topics.filter(filter, limits.maxTopicBytes().asInt(), limits.maxTopicLevels()) != Topics.Validity.VALID) {
            return v5 ? TOPIC_FILTER_INVALID : V3_FAILURE;
        }
        SharedFilter shared = SharedFilter.parse(filter);
        String plain = shared == null ? filter : shared.filter();
        if (!connection.identity().permissions().maySubscribe(plain, wanted.qos())) {
            return v5 ? connection.services().denialCode() : V3_FAILURE;
        }
        boolean full = isNew && connection.session().subscriptionCount() + fresh >= limits.maxSubscriptionsPerClient();
        boolean groupFull = shared != null
                && isNew
                && connection.services().routes().groupSize(filter) >= limits.maxSharedGroupMembers();
        if (full || groupFull) {
            connection.services().metrics().refused("subscriptions");
            return v5 ? QUOTA_EXCEEDED : V3_FAILURE;
        }
        return wanted.qos();
    }

    private static void store(Connection connection, int packetId, int[] codes, List<Subscription> granted, int fresh) {
        Session session = connection.session();
        CompletableFuture<?> stored =
                granted.isEmpty() ? CompletableFuture.completedFuture(null) : session.keep(granted);
        session.promise(fresh);
        SubscriptionBarrier barrier = stored.isDone() ? null : connection.barrier();
        if (barrier != null) {
            barrier.begin();
        }
        connection.whenStored(stored, () -> {
            session.promise(-fresh);
            route(connection, session, packetId, codes, granted);
            if (barrier != null) {
                barrier.end();
            }
        });
    }

    private static void route(
            Connection connection, Session session, int packetId, int[] codes, List<Subscription> granted) {
        if (session.isClosed()) {
            if (!granted.isEmpty()) {
                connection.services().routes().leftBehind(session.slot());
            }
            return;
        }
        List<Subscription> replayed = new ArrayList<>(granted.size());
        for (Subscription subscription : granted) {
            boolean isNew = session.slot().subscription(subscription.filter()) == null;
            connection.services().routes().subscribe(session.slot(), subscription);
            if (wantsRetained(subscription, isNew)) {
                replayed.add(subscription);
            }
        }
        CompletableFuture<?> live = connection.services().routes().settled();
        CompletableFuture<?> settled = replayed.isEmpty()
                ? live
                : live.thenCombine(connection.services().retained().settled(), (routed, known) -> known);
        connection.whenStored(settled, () -> answer(connection, session, packetId, codes, replayed));
    }

    /** Whoever publishes anywhere from now on reaches the subscriber; so SUBACK may leave. */
    private static void answer(
            Connection connection, Session session, int packetId, int[] codes, List<Subscription> replayed) {
        if (session.isClosed()) {
            return;
        }
        connection.send(ReasonWords.suback(connection, packetId, codes), MqttMessageType.SUBACK);
        // An UNSUBSCRIBE that came close behind may have been dealt with while the store was asked [MQTT-3.10.4-2].
        replayed.removeIf(each -> !each.equals(session.slot().subscription(each.filter())));
        connection.services().retained().replay(session, replayed);
    }

    /** Retained messages are sent unless the client declined them, and never for a shared subscription. */
    private static boolean wantsRetained(Subscription subscription, boolean isNew) {
        return switch (subscription.retainHandling()) {
            case 0 -> SharedFilter.parse(subscription.filter()) == null; // [MQTT-3.3.1-9]
            case 1 -> isNew && SharedFilter.parse(subscription.filter()) == null; // [MQTT-3.3.1-10]
            default -> false; // [MQTT-3.3.1-11]
        };
    }

    private static int identifierOf(MqttProperties properties) {
        MqttProperties.MqttProperty<?> property = properties.getProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER);
        return property == null ? 0 : (Integer) property.value();
    }
}
