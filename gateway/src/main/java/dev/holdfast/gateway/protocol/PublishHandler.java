// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.ClientNotice;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.client.SystemTopics;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PublishView;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.protocol.rules.InboundAliases;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import dev.holdfast.gateway.routing.Published;
import dev.holdfast.gateway.session.InboundExchanges;
import dev.holdfast.gateway.spans.MessageSpans;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.store.Message;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH and PUBREL from a client: topic, alias, permission, QoS state, then the router. What it acknowledges has
 * been stored before (MQTT 5.0 sections 3.3 and 4.3).
 */
final class PublishHandler {
    private static final int MOST_ACKS_OWED = 256;

    private final RefreshHandler refresh = new RefreshHandler();
    private final ClientNotice reused = new ClientNotice(
            "a packet identifier was used anew before its QoS 2 message was released: that one is dropped");

    void handle(Connection connection, byte[] buffer, int offset, int length) throws MalformedPacketException {
        PublishView view = connection.tools().publish;
        view.decode(
                buffer,
                offset,
                length,
                connection.version(),
                connection.services().decodeLimits());
        connection.tools().packets.publishReceived(view.qos());
        byte[] aliased = null;
        if (view.topicAlias() > 0 || view.topicEmpty()) {
            aliased = resolveAlias(connection, view);
            if (aliased == null) {
                return;
            }
        }
        if (refresh.isFor(view, aliased)) {
            refresh.handle(connection, view, buffer);
            return;
        }
        Message message = view.toMessage(
                connection.tools().nextMessageId(connection.client().id()),
                aliased,
                connection.wire().loop().nowMillis());
        connection
                .tools()
                .arrived(new Arrived(connection, this, view.packetId(), message, refusalOf(connection, view, message)));
        if (connection.services().router().isCrowded(connection.tools().thread())) {
            connection.tools().dealWithArrivedOf(connection);
        }
    }

    /**
     * A PUBLISH that has been read and is dealt with after everything else that this turn has read, so that what a
     * SUBSCRIBE has asked for before, on another connection of the loop, counts: the selector hands out sockets that
     * are ready together in no particular order.
     *
     * @param packetId 0 at QoS 0
     * @param refusal why it is not to be routed, or null
     */
    record Arrived(
            Connection connection,
            PublishHandler handler,
            int packetId,
            Message message,
            @Nullable Outcome refusal) implements Runnable {
        @Override
        public void run() {
            handler.dealWith(connection, packetId, message, refusal);
        }
    }

    private void dealWith(Connection connection, int packetId, Message message, @Nullable Outcome refusal) {
        if (!connection.client().isAccepted()) {
            return;
        }
        ClientTrace trace = connection.client().trace();
        if (trace != null) {
            TraceWords.publishReceived(trace, packetId, message, refusal);
        }
        boolean isBounded = message.qos() == 2 && !connection.input().isHeardOut();
        if (isBounded && exceedsReceiveMaximum(connection, packetId)) {
            connection.client().end(Outcome.RECEIVE_MAXIMUM_EXCEEDED); // [MQTT-3.3.4-7]
            return;
        }
        MessageSpans spans = connection.services().spans();
        if (spans != null && refusal != null) {
            spans.refused(message, refusal.name());
        } else if (spans != null && message.qos() == 0) {
            spans.published(message);
        }
        switch (message.qos()) {
            case 0 -> atMostOnce(connection, message, refusal);
            case 1 -> atLeastOnce(connection, packetId, message, refusal);
            default -> exactlyOnce(connection, packetId, message, refusal);
        }
    }

    /** The topic behind an alias, in UTF-8; null, and the connection has ended, if there is none. */
    static byte @Nullable [] resolveAlias(Connection connection, PublishView view) {
        InboundAliases aliases = connection.aliases();
        int alias = view.topicAlias();
        if (alias > 0 && (aliases == null || !aliases.allows(alias))) {
            connection.client().end(Outcome.TOPIC_ALIAS_INVALID); // [MQTT-3.3.2-9]
            return null;
        }
        if (!view.topicEmpty()) {
            byte[] topic = view.topicUtf8();
            if (aliases != null) {
                aliases.set(alias, topic);
            }
            return topic;
        }
        byte[] topic = aliases == null ? null : aliases.get(alias);
        if (topic == null) {
            connection.end(Outcome.PROTOCOL_ERROR, "unknown topic alias");
        }
        return topic;
    }

    /**
     * Whether a QoS 2 PUBLISH exceeds the Receive Maximum. At QoS 1 it is not enforced: MQTT.js ignores Receive Maximum, and a client
     * that is owed many PUBACKs is read more slowly instead ({@link #pushBack}). At QoS 2 that cannot be done: the PUBREL that makes
     * room stands behind the PUBLISH in the client's stream.
     */
    static boolean exceedsReceiveMaximum(Connection connection, int packetId) {
        InboundExchanges inbound = connection.session().inbound();
        if (inbound.holds(packetId) || connection.holdsRenewal(packetId)) {
            return false;
        }
        LimitsConfig limits = connection.services().limits();
        if (!connection.isV5()) {
            return inbound.size() + connection.renewalExchanges() >= limits.maxInboundQos2V3();
        }
        // The quota begins anew with each connection (section 4.9); so that nobody gathers identifiers by reconnecting,
        // their number is bounded as an older client's is.
        int begun = inbound.begunHere() + connection.renewalExchanges();
        int mostKept = Math.max(limits.receiveMaximum(), limits.maxInboundQos2V3());
        return begun >= limits.receiveMaximum() || inbound.size() >= mostKept;
    }

    private static @Nullable Outcome refusalOf(Connection connection, PublishView view, Message message) {
        String topic = message.topic();
        if (SystemTopics.isReserved(topic)
                || !connection.client().identity().permissions().mayPublish(topic, view.qos(), view.retain())) {
            return Outcome.NOT_AUTHORIZED;
        }
        if (view.retain() && view.qos() == 2 && connection.isV5() && isTooLargeToRetain(connection, view)) {
            return Outcome.QUOTA_EXCEEDED;
        }
        if (view.payloadIsUtf8()) {
            try {
                view.requirePayloadFormat();
            } catch (MalformedPacketException notUtf8) {
                return Outcome.PAYLOAD_FORMAT_INVALID;
            }
        }
        return null;
    }

    /**
     * At QoS 0 and 1 such a message is delivered and not retained, which PUBACK says. At QoS 2 it is refused whole: only PUBREC has
     * a word for it, and after that word it may not be distributed, since its client begins anew with it [MQTT-4.3.3-9].
     */
    private static boolean isTooLargeToRetain(Connection connection, PublishView view) {
        return view.payloadLength()
                > connection.services().limits().maxRetainedBytes().bytes();
    }

    // ---- QoS 0

    private static void atMostOnce(Connection connection, Message message, @Nullable Outcome refusal) {
        if (refusal == null) {
            route(connection, message, false);
        } else if (refusal == Outcome.PAYLOAD_FORMAT_INVALID) {
            connection.client().end(refusal);
        } else {
            connection.services().metrics().dropped(Dropped.NOT_AUTHORIZED);
        }
    }

    // ---- QoS 1

    private static void atLeastOnce(Connection connection, int packetId, Message message, @Nullable Outcome refusal) {
        if (refusal != null) {
            refuse(connection, MqttMessageType.PUBACK, packetId, refusal);
            return;
        }
        CompletableFuture<Published> routed = route(connection, message, false);
        if (connection.acks().isEmpty() && isSuccess(routed)) {
            connection.send(MqttMessageType.PUBACK, packetId, reasonOf(connection, routed.join()));
            acknowledged(connection, message);
            return;
        }
        AckQueue.Owed owed = connection.acks().owe(MqttMessageType.PUBACK, packetId);
        whenDone(connection, routed, reached -> {
            connection.acks().settle(owed, reasonOf(connection, reached));
            acknowledged(connection, message);
        });
        pushBack(connection);
    }

    private static void acknowledged(Connection connection, Message message) {
        long waited = connection.wire().loop().nowMillis() - message.arrivedAtMillis();
        connection.tools().packets.acknowledged(message.qos(), waited);
        MessageSpans spans = connection.services().spans();
        if (spans != null) {
            spans.published(message);
        }
    }

    private static int reasonOf(Connection connection, Published published) {
        if (!connection.isV5()) {
            return ReasonCode.SUCCESS;
        }
        return switch (published) {
            case REACHED -> ReasonCode.SUCCESS;
            case NO_SUBSCRIBERS -> ReasonCode.NO_MATCHING_SUBSCRIBERS;
            case NOT_RETAINED -> Outcome.QUOTA_EXCEEDED.v5Code();
        };
    }

    // ---- QoS 2

    private void exactlyOnce(Connection connection, int packetId, Message message, @Nullable Outcome refusal) {
        InboundExchanges inbound = connection.session().inbound();
        // A repeat is answered as the first was, whatever has been withdrawn since, and not kept again [MQTT-4.3.3-10].
        boolean isRepeat = inbound.holds(packetId);
        if (isRepeat && inbound.isUntouched(packetId)) {
            repeatOrNew(connection, packetId, message, refusal);
            return;
        }
        if (refusal != null && !isRepeat) {
            refuse(connection, MqttMessageType.PUBREC, packetId, refusal);
            return;
        }
        CompletableFuture<?> held =
                isRepeat ? CompletableFuture.completedFuture(null) : inbound.hold(packetId, message);
        if (connection.acks().isEmpty() && isSuccess(held)) {
            connection.send(MqttMessageType.PUBREC, packetId, ReasonCode.SUCCESS);
            acknowledged(connection, message);
        } else {
            AckQueue.Owed owed = connection.acks().owe(MqttMessageType.PUBREC, packetId);
            whenDone(connection, held, ignored -> {
                connection.acks().settle(owed, ReasonCode.SUCCESS);
                acknowledged(connection, message);
            });
            pushBack(connection);
        }
        connection.input().keeps();
    }

    /**
     * The first PUBLISH of this connection with a packet identifier under which an earlier one has left a message. A client that
     * keeps its exchanges repeats that message [MQTT-4.4.0-1]. One that has forgotten them, and begins again at 1, brings
     * another one: the old one is dropped then. Its client was never told PUBCOMP and cannot release it any more, and
     * delivering it now could bring an old state after newer ones.
     */
    private void repeatOrNew(Connection connection, int packetId, Message message, @Nullable Outcome refusal) {
        AckQueue.Owed owed = connection.acks().owe(MqttMessageType.PUBREC, packetId);
        CompletableFuture<Boolean> isRepeat = connection.session().inbound().takeUp(packetId, message, refusal == null);
        whenDone(connection, isRepeat, repeat -> {
            if (!repeat) {
                connection.services().metrics().dropped(Dropped.IDENTIFIER_REUSED);
                reused.tell(connection.client(), line -> line.addKeyValue("packet_id", packetId));
            }
            connection
                    .acks()
                    .settle(owed, repeat || refusal == null ? ReasonCode.SUCCESS : refusalCode(connection, refusal));
            connection.input().keeps();
        });
        pushBack(connection);
    }

    /** PUBREL: the message is distributed now, and forgotten after that [MQTT-4.3.3-11]. */
    void release(Connection connection, int packetId) {
        InboundExchanges inbound = connection.session().inbound();
        if (!inbound.holds(packetId)) {
            if (connection.holdsRenewal(packetId)) {
                connection.renewals().released(packetId);
                connection.acks().settle(connection.acks().owe(MqttMessageType.PUBCOMP, packetId), ReasonCode.SUCCESS);
                return;
            }
            connection.pacing().counts(1);
            boolean isUnknown = connection.isV5() && !connection.isRenewalReleasedAgain(packetId);
            int reason = isUnknown ? ReasonCode.PACKET_IDENTIFIER_NOT_FOUND : ReasonCode.SUCCESS;
            connection.send(MqttMessageType.PUBCOMP, packetId, reason);
            return;
        }
        if (connection.acks().owes(MqttMessageType.PUBCOMP, packetId)) {
            return; // the same PUBREL again, while the first one is being served
        }
        boolean mayRepeat = inbound.mayHaveBeenDistributed(packetId);
        CompletableFuture<Message> taken = inbound.take(packetId);
        CompletableFuture<?> completed;
        if (isSuccess(taken)) {
            completed = distribute(connection, inbound, packetId, taken.join(), mayRepeat);
        } else {
            completed = taken.thenComposeAsync(
                    kept -> distribute(connection, inbound, packetId, kept, mayRepeat),
                    connection.tools().thread());
        }
        if (connection.acks().isEmpty() && isSuccess(completed)) {
            connection.send(MqttMessageType.PUBCOMP, packetId, ReasonCode.SUCCESS);
            return;
        }
        AckQueue.Owed owed = connection.acks().owe(MqttMessageType.PUBCOMP, packetId);
        whenDone(connection, completed, ignored -> {
            connection.acks().settle(owed, ReasonCode.SUCCESS);
            connection.input().keeps();
        });
        pushBack(connection);
    }

    private static CompletableFuture<?> distribute(
            Connection connection,
            InboundExchanges inbound,
            int packetId,
            @Nullable Message message,
            boolean mayRepeat) {
        inbound.taken();
        if (message == null) {
            return inbound.drop(packetId);
        }
        CompletableFuture<Published> routed = route(connection, message, mayRepeat);
        return isSuccess(routed)
                ? inbound.drop(packetId)
                : routed.thenComposeAsync(
                        reached -> inbound.drop(packetId), connection.tools().thread());
    }

    // ---- all of them

    private static CompletableFuture<Published> route(Connection connection, Message message, boolean mayRepeat) {
        if (message.isRetain()) {
            connection.session().outbound().overtakenBy(message); // also where No Local keeps it from its publisher
        }
        return connection
                .services()
                .router()
                .publish(
                        connection.tools().thread(),
                        message,
                        connection.session().clientId(),
                        mayRepeat,
                        connection.pacing());
    }

    /** MQTT 5 says why; MQTT 3 knows no refusal and is answered as if it had gone well [MQTT-3.3.5-2]. */
    private static void refuse(Connection connection, MqttMessageType type, int packetId, Outcome refusal) {
        int reason = refusalCode(connection, refusal);
        if (connection.acks().isEmpty()) {
            connection.send(type, packetId, reason);
        } else {
            connection.acks().settle(connection.acks().owe(type, packetId), reason);
        }
    }

    /** Counts a message that is not routed, and says what its publisher is told. */
    private static int refusalCode(Connection connection, Outcome refusal) {
        Metrics metrics = connection.services().metrics();
        switch (refusal) {
            case PAYLOAD_FORMAT_INVALID -> metrics.dropped(Dropped.PAYLOAD_FORMAT_INVALID);
            case QUOTA_EXCEEDED -> {
                metrics.refused(Refused.RETAINED);
                metrics.dropped(Dropped.OVERSIZE);
            }
            default -> metrics.dropped(Dropped.NOT_AUTHORIZED);
        }
        if (!connection.isV5()) {
            return ReasonCode.SUCCESS;
        }
        return refusal == Outcome.NOT_AUTHORIZED ? connection.services().denialCode() : refusal.v5Code();
    }

    private static boolean isSuccess(CompletableFuture<?> stage) {
        return stage.isDone() && !stage.isCompletedExceptionally();
    }

    /** Runs a step when something is stored, and then reads on from a client that {@link #pushBack} had stopped. */
    private static <T> void whenDone(Connection connection, CompletableFuture<T> stage, Consumer<T> then) {
        connection.client().whenStored(stage, () -> {
            then.accept(stage.join());
            readOn(connection);
        });
    }

    /** Reads on once few acknowledgements are owed. */
    static void readOn(Connection connection) {
        if (connection.acks().size() < MOST_ACKS_OWED / 2) {
            connection.pacing().goOn(Pacing.STORE_BEHIND);
        }
    }

    /** Stops reading from this client if it is owed many acknowledgements, or if too much of all clients waits for the store. */
    static void pushBack(Connection connection) {
        if (connection.acks().size() >= MOST_ACKS_OWED
                || connection.services().router().isBehind()) {
            connection.pacing().pause(Pacing.STORE_BEHIND);
        }
    }
}
