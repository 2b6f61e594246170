// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Counts what happens. Every method may be called from any thread and blocks nobody.
 *
 * <p>Hot path: the counters of packets, bytes and messages are made once, live in arrays (an EnumMap is one), and are
 * {@link LongAdder}s that the registry reads: counting is an index and an add, without allocation. Tags are enums and short
 * constants, never a client identifier or a topic: each value is a time series for ever.
 */
public final class Metrics {
    private static final String PREFIX = "mqtt.gateway.";

    /** MQTT control packet types by their number; 0 is reserved and stands for what has no valid type. */
    private static final String[] TYPES = {
        "invalid",
        "connect",
        "connack",
        "publish",
        "puback",
        "pubrec",
        "pubrel",
        "pubcomp",
        "subscribe",
        "suback",
        "unsubscribe",
        "unsuback",
        "pingreq",
        "pingresp",
        "disconnect",
        "auth"
    };

    private static final String HERE = "; of this gateway";
    private static final String EVERYWHERE = "; of all gateways together, the same number at each";

    private static final String SESSIONS_EVERYWHERE =
            "Sessions whose client is connected to any gateway, and kept ones with subscriptions whose client is not";

    private final MeterRegistry registry;
    /** Micrometer keeps the objects of its counters by weak references: one that nobody has would stand still. */
    private final List<Supplier<? extends Number>> totals = new CopyOnWriteArrayList<>();

    private final Map<Transport, LongAdder> open = new EnumMap<>(Transport.class);
    private final LongAdder bytesReceived;
    private final LongAdder bytesSent;
    private final LongAdder bytesSaved;
    private final List<PacketCounts> packets = new CopyOnWriteArrayList<>();
    private final Map<Dropped, LongAdder> dropped = new EnumMap<>(Dropped.class);
    private final Map<Refused, LongAdder> refused = new EnumMap<>(Refused.class);
    private final Map<FilterRefusal, LongAdder> filtersRefused = new EnumMap<>(FilterRefusal.class);
    private final Map<StoreOperation, LongAdder> storeErrors = new EnumMap<>(StoreOperation.class);
    private final LongAdder keyReadingsGood;
    private final LongAdder keyReadingsBad;
    private final LongAdder takeovers;
    private final LongAdder takeoversUnanswered;
    private final LongAdder willsPublished;
    private final LongAdder storeDoubts;
    private final LongAdder sessionsLost;
    private final LongAdder routesUnconfirmed;
    private final Timer redisBatches;
    private final Timer ioLag;
    private final StoreTimes storeTimes = new StoreTimes(
            "mqtt_gateway_store_op_seconds", "Operations of a store that could not answer at once" + HERE);
    private final Map<String, Counter> connects = new ConcurrentHashMap<>();
    private final Map<String, Counter> disconnectsByClient = new ConcurrentHashMap<>();
    private final Map<String, Counter> disconnectsByServer = new ConcurrentHashMap<>();
    private final Map<String, Counter> tokenRejections = new ConcurrentHashMap<>();
    private final Map<String, Counter> redisFailures = new ConcurrentHashMap<>();
    private final Map<String, Counter> listenerDrops = new ConcurrentHashMap<>();
    private final Map<String, Counter> listenerFailures = new ConcurrentHashMap<>();

    /** Metrics that register themselves. One per registry. */
    public Metrics(MeterRegistry registry) {
        this.registry = registry;
        for (Transport transport : Transport.values()) {
            LongAdder count = new LongAdder();
            open.put(transport, count);
            Gauge.builder(PREFIX + "connections", count, LongAdder::doubleValue)
                    .description("Connections that are open" + HERE)
                    .tag("transport", transport.tag())
                    .register(registry);
        }
        for (int type = 0; type < PacketCounts.TYPES; type++) {
            int which = type;
            Tags tags = Tags.of("type", TYPES[type]);
            packets("packets.received", "MQTT control packets received", tags, loop -> loop.packetsReceived(which));
            if (type > 0) {
                packets("packets.sent", "MQTT control packets sent", tags, loop -> loop.packetsSent(which));
            }
        }
        for (int qos = 0; qos < PacketCounts.QOS_LEVELS; qos++) {
            int which = qos;
            Tags tags = Tags.of("qos", Integer.toString(qos));
            packets("publish.received", "PUBLISH packets received", tags, loop -> loop.publishesReceived(which));
            packets(
                    "publish.delivered",
                    "PUBLISH packets sent to subscribers",
                    tags,
                    loop -> loop.publishesSent(which));
        }
        bytesReceived = counter(
                "bytes.received",
                "Bytes received from clients: MQTT with the frames of WebSocket, without its upgrade, TLS and TCP",
                Tags.empty());
        bytesSaved = counter(
                "websocket.saved.bytes",
                "Bytes by which frames of WebSocket have become smaller by compression, once for each client",
                Tags.empty());
        bytesSent = counter(
                "bytes.sent",
                "Bytes sent to clients: MQTT with the frames of WebSocket and the answer to its upgrade, without TLS and TCP",
                Tags.empty());
        for (Dropped cause : Dropped.values()) {
            dropped.put(
                    cause,
                    counter(
                            "messages.dropped",
                            "Messages that did not reach somebody who should have had them",
                            Tags.of("cause", tag(cause))));
        }
        for (Refused kind : Refused.values()) {
            refused.put(
                    kind,
                    counter(
                            "rate.limited",
                            "What a limit or a rule has refused, slowed or cut off",
                            Tags.of("kind", kind.tag())));
        }
        for (FilterRefusal cause : FilterRefusal.values()) {
            filtersRefused.put(
                    cause,
                    counter("filters.refused", "Topic filters refused in SUBACK", Tags.of("cause", cause.tag())));
        }
        for (StoreOperation operation : StoreOperation.values()) {
            storeErrors.put(
                    operation, counter("store.errors", "Store operations that failed", Tags.of("op", operation.tag())));
        }
        keyReadingsGood = keyReadings("good");
        keyReadingsBad = keyReadings("bad");
        takeovers = counter(
                "takeovers", "Sessions taken over by a new connection with the same client identifier", Tags.empty());
        takeoversUnanswered = counter(
                "takeovers.unanswered",
                "Takeovers in which the displaced connection was not over when the wait for it was",
                Tags.empty());
        willsPublished = counter("wills.published", "Wills published", Tags.empty());
        storeDoubts = counter(
                "store.doubts", "Times that the store may have lost its last writes, or all of them", Tags.empty());
        sessionsLost =
                counter("sessions.lost", "Connections closed since the store has lost their session", Tags.empty());
        routesUnconfirmed = counter(
                "routes.unconfirmed", "Waits for other gateways to route by a change that were given up", Tags.empty());
        redisBatches = Timer.builder(PREFIX + "redis.batch")
                .description("Batches of calls to Redis, from sending to the last answer" + HERE)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1))
                .register(registry);
        histograms(registry);
        ioLag = Timer.builder(PREFIX + "io.lag")
                .description(
                        "How much later than it was due an I/O thread ran a task, asked four times a second" + HERE)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(10),
                        Duration.ofMillis(50),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1))
                .register(registry);
    }

    private void histograms(MeterRegistry registry) {
        if (registry instanceof PrometheusMeterRegistry prometheus) {
            prometheus.getPrometheusRegistry().register(storeTimes);
            prometheus
                    .getPrometheusRegistry()
                    .register(new LoopHistograms(
                            "mqtt_gateway_publish_ack_seconds",
                            "From a PUBLISH of QoS 1 or 2 to its PUBACK or PUBREC" + HERE,
                            1,
                            packets,
                            PacketCounts::untilAck));
            prometheus
                    .getPrometheusRegistry()
                    .register(new LoopHistograms(
                            "mqtt_gateway_delivery_seconds",
                            "From a PUBLISH that came to any gateway to a subscriber who was connected then" + HERE,
                            0,
                            packets,
                            PacketCounts::untilDelivery));
        }
    }

    /**
     * What has been counted so far.
     *
     * @param messagesReceived PUBLISH packets received
     * @param messagesSent PUBLISH packets sent
     */
    public record Totals(
            long messagesReceived, long messagesSent, long messagesDropped, long bytesReceived, long bytesSent) {}

    /** The sums of some counters. */
    public Totals totals() {
        long received = 0;
        long sent = 0;
        for (PacketCounts loop : packets) {
            for (int qos = 0; qos < PacketCounts.QOS_LEVELS; qos++) {
                received += loop.publishesReceived(qos);
                sent += loop.publishesSent(qos);
            }
        }
        long drops = dropped.values().stream().mapToLong(LongAdder::sum).sum();
        return new Totals(received, sent, drops, bytesReceived.sum(), bytesSent.sum());
    }

    /** Shows how many clients are connected to any gateway. */
    public void onlineEverywhere(Supplier<? extends Number> online) {
        Gauge.builder(PREFIX + "cluster.sessions", online::get)
                .description(SESSIONS_EVERYWHERE + EVERYWHERE)
                .tag("state", "online")
                .register(registry);
    }

    /**
     * Times an operation of a store that could not answer at once.
     *
     * @param sinceNanos when it was asked, as {@link System#nanoTime()}
     */
    public void storeAnswered(TimedOperation operation, long sinceNanos) {
        storeTimes.count(operation, System.nanoTime() - sinceNanos);
    }

    /** Has outcomes of CONNECT counted from 0 on: all that there can be. */
    public void expectConnects(Collection<String> results) {
        results.forEach(this::connects);
    }

    /** Has ends of connections counted from 0 on. */
    public void expectDisconnects(Collection<String> reasons, boolean byServer) {
        reasons.forEach(reason -> disconnects(reason, byServer));
    }

    /** Has rejections of tokens counted from 0 on: all that there can be. */
    public void expectTokenRejections(Collection<String> whys) {
        whys.forEach(this::tokenRejections);
    }

    /** Has what Redis does not serve counted from 0 on: all kinds that there can be. */
    public void expectRedisFailures(Collection<String> kinds) {
        kinds.forEach(this::redisFailures);
    }

    /** Has what becomes of a listener's events counted from 0 on; {@code listener} is the name of its class. */
    public void expectListener(String listener) {
        listenerDrops(listener);
        listenerFailures(listener);
    }

    /** Counts a connection that was accepted. */
    public void connectionOpened(Transport transport) {
        adder(open, transport).increment();
    }

    /** Counts a connection that is gone. */
    public void connectionClosed(Transport transport) {
        adder(open, transport).decrement();
    }

    /**
     * Counts the outcome of a CONNECT.
     *
     * @param result a constant, {@code accepted} or the metric tag of the refusal
     */
    public void connect(String result) {
        connects(result).increment();
    }

    private Counter connects(String result) {
        return connects.computeIfAbsent(
                result, tag -> counted("connects", "CONNECT packets by outcome", "result", tag));
    }

    /**
     * Counts the end of a connection.
     *
     * @param reason a constant, the metric tag of the outcome
     * @param byServer whether the gateway ended it
     */
    public void disconnect(String reason, boolean byServer) {
        disconnects(reason, byServer).increment();
    }

    private Counter disconnects(String reason, boolean byServer) {
        return (byServer ? disconnectsByServer : disconnectsByClient)
                .computeIfAbsent(
                        reason,
                        tag -> Counter.builder(PREFIX + "disconnects")
                                .description("Ends of connections by reason" + HERE)
                                .tag("reason", tag)
                                .tag("by", byServer ? "server" : "client")
                                .register(registry));
    }

    /** The count of the packets that one more I/O loop receives and sends. */
    public PacketCounts packetCounts() {
        PacketCounts loop = new PacketCounts();
        packets.add(loop);
        return loop;
    }

    /** Counts bytes that came. */
    public void bytesReceived(long count) {
        bytesReceived.add(count);
    }

    /** Counts bytes that need not go. */
    public void bytesSaved(int count) {
        bytesSaved.add(count);
    }

    /** Counts bytes that went. */
    public void bytesSent(long count) {
        bytesSent.add(count);
    }

    /** Counts a message that somebody does not get. */
    public void dropped(Dropped cause) {
        adder(dropped, cause).increment();
    }

    /** Counts messages that somebody does not get. */
    public void dropped(Dropped cause, long count) {
        adder(dropped, cause).add(count);
    }

    /** Counts a takeover. */
    public void takeover() {
        takeovers.increment();
    }

    /** Counts a takeover in which the wait for the end of the displaced connection was given up. */
    public void takeoverUnanswered() {
        takeoversUnanswered.increment();
    }

    /** Counts an event that a listener was too slow for; {@code listener} is the name of its class. */
    public void listenerDropped(String listener) {
        listenerDrops(listener).increment();
    }

    private Counter listenerDrops(String listener) {
        return listenerDrops.computeIfAbsent(
                listener,
                tag -> counted("listener.events.dropped", "Events a listener was too slow for", "listener", tag));
    }

    /** Counts an event at which a listener has thrown; {@code listener} is the name of its class. */
    public void listenerFailed(String listener) {
        listenerFailures(listener).increment();
    }

    private Counter listenerFailures(String listener) {
        return listenerFailures.computeIfAbsent(
                listener,
                tag -> counted("listener.failures", "Events at which a listener has thrown", "listener", tag));
    }

    /** Counts a will that was published. */
    public void willPublished() {
        willsPublished.increment();
    }

    /** Counts what a limit or a rule has refused, slowed or cut off. */
    public void refused(Refused kind) {
        adder(refused, kind).increment();
    }

    /** Counts topic filters that SUBACK refuses. */
    public void filtersRefused(FilterRefusal cause, int filters) {
        adder(filtersRefused, cause).add(filters);
    }

    /**
     * Counts a token that was not believed.
     *
     * @param why a constant: {@code expired}, {@code signature}
     */
    public void tokenRejected(String why) {
        tokenRejections(why).increment();
    }

    private Counter tokenRejections(String why) {
        return tokenRejections.computeIfAbsent(
                why, tag -> counted("token.rejected", "Tokens that were not believed", "why", tag));
    }

    /** Counts a reading of an issuer's keys from their URL. */
    public void keyReading(boolean good) {
        (good ? keyReadingsGood : keyReadingsBad).increment();
    }

    private LongAdder keyReadings(String result) {
        return counter("key.readings", "Readings of JWKS URLs by outcome", Tags.of("result", result));
    }

    /** Counts an operation of the store that failed. */
    public void storeError(StoreOperation operation) {
        adder(storeErrors, operation).increment();
    }

    /** Counts a moment from which on the store may lack its last writes. */
    public void storeDoubt() {
        storeDoubts.increment();
    }

    /** Counts a connection that was closed since the store has lost its session. */
    public void sessionLost() {
        sessionsLost.increment();
    }

    /**
     * Times a batch of calls to Redis.
     *
     * @param nanos until its last answer
     */
    public void redisBatch(long nanos) {
        redisBatches.record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Counts calls that Redis refused or did not answer; most are sent again.
     *
     * @param kind a constant: {@code oom}, {@code timeout}
     */
    public void redisFailure(String kind, int calls) {
        redisFailures(kind).increment(Math.max(1, calls));
    }

    private Counter redisFailures(String kind) {
        return redisFailures.computeIfAbsent(
                kind, tag -> counted("redis.failures", "Calls that Redis did not serve", "kind", tag));
    }

    /** Counts a wait for other gateways to route by a change that was given up. */
    public void routesUnconfirmed() {
        routesUnconfirmed.increment();
    }

    /**
     * Shows how many sessions there are. The suppliers are asked at each scrape.
     *
     * @param online those whose client is connected to this gateway
     * @param offline those that no client is connected to, as far as this gateway knows
     */
    public void sessions(Supplier<? extends Number> online, Supplier<? extends Number> offline) {
        Gauge.builder(PREFIX + "sessions", online::get)
                .description("Sessions whose client is connected" + HERE)
                .tag("state", "online")
                .register(registry);
        Gauge.builder(PREFIX + "cluster.sessions", offline::get)
                .description(SESSIONS_EVERYWHERE + EVERYWHERE)
                .tag("state", "offline")
                .register(registry);
    }

    /** Shows how many subscriptions there are. */
    public void subscriptions(Supplier<? extends Number> count) {
        clusterGauge("subscriptions", "Subscriptions", count);
    }

    /** Counts how late an I/O thread ran a task of its timer. */
    public void ioLag(long millis) {
        ioLag.record(millis, TimeUnit.MILLISECONDS);
    }

    /** Shows how many retained messages there are. */
    public void retained(Supplier<? extends Number> count) {
        clusterGauge("retained.messages", "Retained messages", count);
    }

    /**
     * Shows a number of this gateway's own.
     *
     * @param name dotted and without prefix, {@code redis.waiting}
     */
    public void gauge(String name, String description, Supplier<? extends Number> value) {
        Gauge.builder(PREFIX + name, value::get).description(description + HERE).register(registry);
    }

    /** Shows a number that is of all gateways together, as this one knows it. */
    public void clusterGauge(String name, String description, Supplier<? extends Number> value) {
        Gauge.builder(PREFIX + name, value::get)
                .description(description + EVERYWHERE)
                .register(registry);
    }

    /**
     * Shows a number that only grows, kept by somebody else.
     *
     * @param name dotted and without prefix and {@code total}, {@code redis.retries}
     */
    public void total(String name, String description, Supplier<? extends Number> value) {
        totals.add(value);
        FunctionCounter.builder(PREFIX + name, value, supplier -> supplier.get().doubleValue())
                .description(description + HERE)
                .register(registry);
    }

    /**
     * Shows what is held in memory for clients of a kind, and how much of it may be held as things stand.
     *
     * @param kind a short constant
     */
    public void memory(String kind, Supplier<? extends Number> held, Supplier<? extends Number> limit) {
        Gauge.builder(PREFIX + "memory.held.bytes", held::get)
                .description("What is held in memory for clients" + HERE)
                .tag("kind", kind)
                .register(registry);
        Gauge.builder(PREFIX + "memory.limit.bytes", limit::get)
                .description("What may be held in memory for clients as things stand" + HERE)
                .tag("kind", kind)
                .register(registry);
    }

    /** Shows which build this is: a gauge that is always 1. */
    public void build(String version) {
        Gauge.builder(PREFIX + "build.info", () -> 1)
                .description("The build; always 1" + HERE)
                .tag("version", version)
                .tag("java", Runtime.version().toString())
                .register(registry);
    }

    private void packets(String name, String description, Tags tags, ToLongFunction<PacketCounts> count) {
        FunctionCounter.builder(
                        PREFIX + name,
                        packets,
                        loops -> loops.stream().mapToLong(count).sum())
                .description(description + HERE)
                .tags(tags)
                .register(registry);
    }

    private LongAdder counter(String name, String description, Tags tags) {
        LongAdder adder = new LongAdder();
        FunctionCounter.builder(PREFIX + name, adder, LongAdder::doubleValue)
                .description(description + HERE)
                .tags(tags)
                .register(registry);
        return adder;
    }

    private Counter counted(String name, String description, String tag, String value) {
        return Counter.builder(PREFIX + name)
                .description(description + HERE)
                .tag(tag, value)
                .register(registry);
    }

    private static <E extends Enum<E>> LongAdder adder(Map<E, LongAdder> adders, E constant) {
        return Objects.requireNonNull(adders.get(constant)); // made for every constant
    }

    private static String tag(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
