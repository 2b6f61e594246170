// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.FilterPacket;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.observe.FilterRefusal;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.topic.SharedFilter;
import dev.holdfast.gateway.topic.Topics;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.Subscription;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One SUBSCRIBE, well-formed, on its way to SUBACK: judge, store, route, answer. On the connection's thread. */
final class Subscribing {
    /** Filters that are judged, or routed, in some 0.1 ms: what hundreds send at once is done in turns with the others. */
    private static final int AT_ONCE = 16;

    private final Connection connection;
    private final Session session;
    private final FilterPacket packet;
    private final int[] codes;
    private final List<Subscription> granted = new ArrayList<>();
    private final List<Subscription> replayed = new ArrayList<>();
    /** The filters of what is granted that replace no subscription, nor one that stands earlier in the packet. */
    private final Set<String> fresh = new HashSet<>(4);
    /** What they will cost in memory. */
    private long freshBytes;

    /** The filters of those that read logs, and so are in no routes. */
    private final Set<String> inLogs = new HashSet<>(0);

    private int judged;
    private int routed;

    Subscribing(Connection connection, Session session, FilterPacket packet) {
        this.connection = connection;
        this.session = session;
        this.packet = packet;
        this.codes = new int[packet.count()];
    }

    void begin() {
        connection.pacing().counts(codes.length);
        LimitsConfig limits = connection.services().limits();
        int most = Math.min(codes.length, limits.maxFiltersPerSubscribe());
        if (most < codes.length) {
            connection.services().metrics().refused(Refused.FILTERS_PER_SUBSCRIBE);
            connection.services().metrics().filtersRefused(FilterRefusal.FILTERS_PER_SUBSCRIBE, codes.length - most);
            Arrays.fill(codes, most, codes.length, code(Outcome.QUOTA_EXCEEDED));
        }
        deal(() -> judge(most), this::store);
    }

    private void deal(LongPacket.Slice slice, Runnable then) {
        connection.input().guardPacket(() -> LongPacket.deal(connection, slice, then));
    }

    private boolean judge(int most) {
        for (int i = 0; i < AT_ONCE && judged < most; i++, judged++) {
            Subscription wanted = next();
            String filter = wanted.filter();
            // As if each filter had come in a SUBSCRIBE of its own [MQTT-3.8.4-5].
            boolean isNew =
                    session.subscription(filter) == null && !session.isPromised(filter) && !fresh.contains(filter);
            codes[judged] = judge(wanted, isNew);
            if (codes[judged] <= 2) {
                granted.add(wanted);
                if (isNew) {
                    fresh.add(filter);
                    freshBytes += Routes.bytesOf(filter);
                }
            }
        }
        return judged == most;
    }

    /** The next filter. A bridge gets the RETAIN flag as published, and none of its own messages: it would publish them again. */
    private Subscription next() {
        String filter = packet.next();
        boolean isBridge = connection.isBridge();
        return new Subscription(
                filter,
                packet.qos(),
                // A shared subscription has no No Local [MQTT-3.8.3-4].
                packet.isNoLocal() || (isBridge && SharedFilter.parse(filter) == null),
                packet.isRetainAsPublished() || isBridge,
                packet.retainHandling(),
                packet.subscriptionIdentifier());
    }

    /**
     * The code for one filter.
     *
     * @param isNew whether it replaces none that the session has
     */
    private int judge(Subscription wanted, boolean isNew) {
        LimitsConfig limits = connection.services().limits();
        String filter = wanted.filter();
        if (Topics.filter(filter, limits.maxTopicBytes().asInt(), limits.maxTopicLevels()) != Topics.Validity.VALID) {
            return refused(FilterRefusal.INVALID, code(Outcome.TOPIC_FILTER_INVALID));
        }
        SharedFilter shared = SharedFilter.parse(filter);
        String plain = shared == null ? filter : shared.filter();
        if (!connection.client().identity().permissions().maySubscribe(plain, wanted.qos())) {
            return refused(
                    FilterRefusal.NOT_AUTHORIZED,
                    connection.isV5() ? connection.services().denialCode() : ReasonCode.UNSPECIFIED_ERROR);
        }
        boolean full = isNew && session.subscriptionCount() + fresh.size() >= limits.maxSubscriptionsPerClient();
        boolean groupFull = shared != null
                && isNew
                && connection.services().routes().groupSize(filter) >= limits.maxSharedGroupMembers();
        if (full || groupFull) {
            connection.services().metrics().refused(Refused.SUBSCRIPTIONS);
            return refused(FilterRefusal.SUBSCRIPTIONS, code(Outcome.QUOTA_EXCEEDED));
        }
        if (isNew && !connection.services().memory().hasRoom(Kind.SUBSCRIPTIONS, freshBytes + Routes.bytesOf(filter))) {
            connection.services().memory().refused(Kind.SUBSCRIPTIONS);
            return refused(FilterRefusal.MEMORY, code(Outcome.QUOTA_EXCEEDED));
        }
        return wanted.qos();
    }

    private int refused(FilterRefusal cause, int code) {
        connection.services().metrics().filtersRefused(cause, 1);
        return code;
    }

    /** MQTT 3.1.1 knows one code of failure. */
    private int code(Outcome refusal) {
        return connection.isV5() ? refusal.v5Code() : ReasonCode.UNSPECIFIED_ERROR;
    }

    private void store() {
        CompletableFuture<?> stored =
                granted.isEmpty() ? CompletableFuture.completedFuture(null) : session.keep(granted);
        session.promise(fresh);
        SubscriptionBarrier barrier =
                stored.isDone() ? null : connection.input().barrier();
        if (barrier != null) {
            barrier.begin();
        }
        connection.client().whenStored(stored, () -> {
            session.keptPromise(fresh);
            if (session.isClosed()) {
                leaveBehind();
            } else {
                if (session.outbound().hasLogs()) {
                    granted.stream()
                            .map(Subscription::filter)
                            .filter(session::readsLog)
                            .forEach(inLogs::add);
                }
                connection
                        .input()
                        .guardPacket(() -> LongPacket.deal(connection, this::route, this::settle, this::routeTheRest));
            }
            if (barrier != null) {
                barrier.end();
            }
        });
    }

    private void leaveBehind() {
        if (!granted.isEmpty()) {
            connection.services().routes().leftBehind(session.slot());
        }
    }

    private boolean route() {
        for (int i = 0; i < AT_ONCE && routed < granted.size(); i++, routed++) {
            Subscription subscription = granted.get(routed);
            String filter = subscription.filter();
            boolean isNew = !session.slot().hasSubscription(filter);
            if (inLogs.contains(filter)) {
                isNew = fresh.contains(filter);
            } else {
                connection.services().routes().subscribe(session.slot(), subscription);
            }
            if (wantsRetained(subscription, isNew)) {
                replayed.add(subscription);
            }
        }
        return routed == granted.size();
    }

    /** The connection ends, the session may stay, and the store has the filters already. */
    private void routeTheRest() {
        leaveBehind(); // also if this fails
        boolean isLast = false;
        while (!isLast) {
            isLast = route();
        }
    }

    private void settle() {
        CompletableFuture<?> live = connection.services().routes().settled();
        CompletableFuture<?> settled = replayed.isEmpty()
                ? live
                : live.thenCombine(connection.services().retained().settled(), (all, known) -> known);
        connection.client().whenStored(settled, this::answer);
    }

    /** Every gateway routes by the new subscriptions: sends SUBACK, then the retained messages. */
    private void answer() {
        if (session.isClosed()) {
            return;
        }
        ClientTrace trace = connection.client().trace();
        if (trace != null) {
            TraceWords.answered(trace, "SUBSCRIBE answered", packet, codes.length, i -> codes[i]);
        }
        connection.send(ReasonWords.suback(connection, packet.packetId(), codes), MqttMessageType.SUBACK);
        // An UNSUBSCRIBE that came close behind may have been dealt with while the store was asked [MQTT-3.10.4-2].
        replayed.removeIf(each -> !each.equals(session.subscription(each.filter())));
        connection.services().retained().replay(session, replayed, connection.pacing());
    }

    /** Retained messages are sent unless the client declined them, and never for a shared subscription. */
    private static boolean wantsRetained(Subscription subscription, boolean isNew) {
        return switch (subscription.retainHandling()) {
            case 0 -> SharedFilter.parse(subscription.filter()) == null; // [MQTT-3.3.1-9]
            case 1 -> isNew && SharedFilter.parse(subscription.filter()) == null; // [MQTT-3.3.1-10]
            default -> false; // [MQTT-3.3.1-11]
        };
    }
}
