// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Counts what happens. Every method may be called from any thread and blocks nobody.
 *
 * <p>Hot path: the counters of packets, bytes and messages are made once, live in arrays (an EnumMap is one), and are
 * {@link LongAdder}s that the registry reads: counting is an index and an add, without allocation. Tags are enums and short
 * constants, never a client identifier or a topic: each value is a time series for ever.
 */
public final class Metrics {
    private static final String PREFIX = "mqtt.gateway.";

    private static final String PACKETS_SENT = "packets.sent";
    private static final String PACKETS_SENT_TEXT = "MQTT control packets sent";

    /** The number of the packet type PUBLISH. */
    private static final int PUBLISH = 3;

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

    private final MeterRegistry registry;
    private final Map<Carrier, LongAdder> open = new EnumMap<>(Carrier.class);
    private final LongAdder[] received;
    private final LongAdder[] sent;
    private final LongAdder bytesReceived;
    private final LongAdder bytesSent;
    private final LongAdder[] publishReceived;
    private final LongAdder[] publishDelivered;
    private final Map<Dropped, LongAdder> dropped = new EnumMap<>(Dropped.class);
    private final LongAdder takeovers;
    private final LongAdder takeoversUnanswered;
    private final LongAdder willsPublished;
    private final LongAdder storeDoubts;
    private final Timer redisBatches;
    private final Timer ioLag;
    private final Map<String, Counter> redisFailures = new ConcurrentHashMap<>();
    private final LongAdder sessionsLost;
    private final Map<String, Counter> connects = new ConcurrentHashMap<>();
    private final Map<String, Counter> disconnectsByClient = new ConcurrentHashMap<>();
    private final Map<String, Counter> disconnectsByServer = new ConcurrentHashMap<>();
    private final Map<String, Counter> refusals = new ConcurrentHashMap<>();
    private final Map<String, Counter> tokenRejections = new ConcurrentHashMap<>();
    private final Map<String, Counter> keyReadings = new ConcurrentHashMap<>();
    private final Map<String, Counter> listenerDrops = new ConcurrentHashMap<>();
    private final Map<String, Counter> listenerFailures = new ConcurrentHashMap<>();
    private final Map<String, Counter> storeErrors = new ConcurrentHashMap<>();

    /** Metrics that register themselves. One per registry. */
    public Metrics(MeterRegistry registry) {
        this.registry = registry;
        for (Carrier carrier : Carrier.values()) {
            LongAdder count = new LongAdder();
            open.put(carrier, count);
            Gauge.builder(PREFIX + "connections", count, LongAdder::doubleValue)
                    .description("Connections that are open")
                    .tag("transport", tag(carrier))
                    .register(registry);
        }
        received = counters("packets.received", "MQTT control packets received", "type", TYPES);
        publishDelivered = counters("publish.delivered", "PUBLISH packets sent to subscribers", "qos", "0", "1", "2");
        sent = new LongAdder[TYPES.length];
        for (int type = 0; type < TYPES.length; type++) {
            Tags tags = Tags.of("type", TYPES[type]);
            if (type == PUBLISH) {
                FunctionCounter.builder(PREFIX + PACKETS_SENT, publishDelivered, Metrics::sum)
                        .description(PACKETS_SENT_TEXT)
                        .tags(tags)
                        .register(registry);
                sent[type] = new LongAdder();
            } else {
                sent[type] = counter(PACKETS_SENT, PACKETS_SENT_TEXT, tags);
            }
        }
        bytesReceived =
                counter("bytes.received", "Bytes received, TLS and WebSocket framing not included", Tags.empty());
        bytesSent = counter("bytes.sent", "Bytes sent, TLS and WebSocket framing not included", Tags.empty());
        publishReceived = counters("publish.received", "PUBLISH packets received", "qos", "0", "1", "2");
        for (Dropped cause : Dropped.values()) {
            dropped.put(
                    cause,
                    counter(
                            "messages.dropped",
                            "Messages that did not reach somebody who should have had them",
                            Tags.of("cause", tag(cause))));
        }
        takeovers = counter(
                "takeovers", "Sessions taken over by a new connection with the same client identifier", Tags.empty());
        takeoversUnanswered = counter(
                "takeovers.unanswered",
                "Takeovers in which the displaced connection was not over when the wait for it was",
                Tags.empty());
        willsPublished = counter("wills.published", "Wills published", Tags.empty());
        storeDoubts = counter(
                "store.doubts", "Times that the store may have lost its last writes, or all of them", Tags.empty());
        redisBatches = Timer.builder(PREFIX + "redis.batch")
                .description("Batches of calls to Redis, from sending to the last answer")
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1))
                .register(registry);
        ioLag = Timer.builder(PREFIX + "io.lag")
                .description("How much later than it was due an I/O thread ran a task, asked four times a second")
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(10),
                        Duration.ofMillis(50),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1))
                .register(registry);
        sessionsLost =
                counter("sessions.lost", "Connections closed since the store has lost their session", Tags.empty());
    }

    /** Counts a connection that was accepted. */
    public void connectionOpened(Carrier carrier) {
        adder(open, carrier).increment();
    }

    /** Counts a connection that is gone. */
    public void connectionClosed(Carrier carrier) {
        adder(open, carrier).decrement();
    }

    /**
     * Counts the outcome of a CONNECT.
     *
     * @param result a constant, {@code accepted} or the metric tag of the refusal
     */
    public void connect(String result) {
        connects.computeIfAbsent(result, tag -> counted("connects", "CONNECT packets by outcome", "result", tag))
                .increment();
    }

    /**
     * Counts the end of a connection.
     *
     * @param reason a constant, the metric tag of the outcome
     * @param byServer whether the gateway ended it
     */
    public void disconnect(String reason, boolean byServer) {
        (byServer ? disconnectsByServer : disconnectsByClient)
                .computeIfAbsent(
                        reason,
                        tag -> Counter.builder(PREFIX + "disconnects")
                                .description("Ends of connections by reason")
                                .tag("reason", tag)
                                .tag("by", byServer ? "server" : "client")
                                .register(registry))
                .increment();
    }

    /** Counts a packet that came; {@code type} as on the wire, 1 CONNECT to 15 AUTH, anything else counts as invalid. */
    public void packetReceived(int type) {
        received[type & 0xF].increment();
    }

    /** Counts a packet that goes; {@code type} as on the wire, but not PUBLISH, see {@link #publishSent}. */
    public void packetSent(int type) {
        sent[type & 0xF].increment();
    }

    /** Counts bytes that came. */
    public void bytesReceived(long count) {
        bytesReceived.add(count);
    }

    /** Counts bytes that went. */
    public void bytesSent(long count) {
        bytesSent.add(count);
    }

    /** Counts a message from a client; {@code qos} 0 to 2. */
    public void publishReceived(int qos) {
        publishReceived[qos].increment();
    }

    /**
     * Counts a PUBLISH packet that goes to a client, by the QoS of this delivery, 0 to 2: in what is delivered and in
     * the packets sent.
     */
    public void publishSent(int qos) {
        publishDelivered[qos].increment();
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
        listenerDrops
                .computeIfAbsent(
                        listener,
                        tag -> counted(
                                "listener.events.dropped", "Events a listener was too slow for", "listener", tag))
                .increment();
    }

    /** Counts an event at which a listener has thrown; {@code listener} is the name of its class. */
    public void listenerFailed(String listener) {
        listenerFailures
                .computeIfAbsent(
                        listener,
                        tag -> counted("listener.failures", "Events at which a listener has thrown", "listener", tag))
                .increment();
    }

    /** Counts a will that was published. */
    public void willPublished() {
        willsPublished.increment();
    }

    /**
     * Counts what a limit refused or slowed.
     *
     * @param limit a constant, the name of the setting: {@code connect-rate}
     */
    public void refused(String limit) {
        refusals.computeIfAbsent(
                        limit, tag -> counted("rate.limited", "Requests that a limit refused or slowed", "kind", tag))
                .increment();
    }

    /**
     * Counts a token that was not believed.
     *
     * @param why a constant: {@code expired}, {@code signature}
     */
    public void tokenRejected(String why) {
        tokenRejections
                .computeIfAbsent(why, tag -> counted("token.rejected", "Tokens that were not believed", "why", tag))
                .increment();
    }

    /** Counts a reading of an issuer's keys from their URL. */
    public void keyReading(boolean good) {
        keyReadings
                .computeIfAbsent(
                        good ? "good" : "bad",
                        tag -> counted("key.readings", "Readings of JWKS URLs by outcome", "result", tag))
                .increment();
    }

    /**
     * Counts an operation of the store that failed.
     *
     * @param operation a constant, the method of the store: {@code enqueue}
     */
    public void storeError(String operation) {
        storeErrors
                .computeIfAbsent(operation, tag -> counted("store.errors", "Store operations that failed", "op", tag))
                .increment();
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
        redisFailures
                .computeIfAbsent(kind, tag -> counted("redis.failures", "Calls that Redis did not serve", "kind", tag))
                .increment(Math.max(1, calls));
    }

    /** Shows how many sessions there are, connected and not. The suppliers are asked at each scrape. */
    public void sessions(Supplier<? extends Number> online, Supplier<? extends Number> offline) {
        Gauge.builder(PREFIX + "sessions", online::get)
                .description("Sessions")
                .tag("state", "online")
                .register(registry);
        Gauge.builder(PREFIX + "sessions", offline::get)
                .description("Sessions")
                .tag("state", "offline")
                .register(registry);
    }

    /** Shows how many subscriptions there are. */
    public void subscriptions(Supplier<? extends Number> count) {
        gauge("subscriptions", "Subscriptions", count);
    }

    /** Counts how late an I/O thread ran a task of its timer. */
    public void ioLag(long millis) {
        ioLag.record(millis, TimeUnit.MILLISECONDS);
    }

    /** Shows how many retained messages there are. */
    public void retained(Supplier<? extends Number> count) {
        gauge("retained.messages", "Retained messages", count);
    }

    /**
     * Shows a number of the caller's own.
     *
     * @param name dotted and without prefix, {@code queued.messages}
     */
    public void gauge(String name, String description, Supplier<? extends Number> value) {
        Gauge.builder(PREFIX + name, value::get).description(description).register(registry);
    }

    /**
     * Shows what is held in memory for clients of a kind, and how much of it may be held as things stand.
     *
     * @param kind a short constant
     */
    public void memory(String kind, Supplier<? extends Number> held, Supplier<? extends Number> limit) {
        Gauge.builder(PREFIX + "memory.held.bytes", held::get)
                .description("What is held in memory for clients")
                .tag("kind", kind)
                .register(registry);
        Gauge.builder(PREFIX + "memory.limit.bytes", limit::get)
                .description("What may be held in memory for clients as things stand")
                .tag("kind", kind)
                .register(registry);
    }

    /** Shows which build this is: a gauge that is always 1. */
    public void build(String version) {
        Gauge.builder(PREFIX + "build.info", () -> 1)
                .description("The build; always 1")
                .tag("version", version)
                .tag("java", Runtime.version().toString())
                .register(registry);
    }

    private static double sum(LongAdder[] adders) {
        return Arrays.stream(adders).mapToDouble(LongAdder::doubleValue).sum();
    }

    private LongAdder[] counters(String name, String description, String tag, String... values) {
        return Arrays.stream(values)
                .map(value -> counter(name, description, Tags.of(tag, value)))
                .toArray(LongAdder[]::new);
    }

    private LongAdder counter(String name, String description, Tags tags) {
        LongAdder adder = new LongAdder();
        FunctionCounter.builder(PREFIX + name, adder, LongAdder::doubleValue)
                .description(description)
                .tags(tags)
                .register(registry);
        return adder;
    }

    private Counter counted(String name, String description, String tag, String value) {
        return Counter.builder(PREFIX + name)
                .description(description)
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
