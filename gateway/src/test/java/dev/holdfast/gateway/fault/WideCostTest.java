// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.log.RedisLogStore;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a message to 50,000 persistent sessions that are away costs, by a log and by their queues. Prints its figures: they say
 * something on a machine that does nothing else. {@code -Dholdfast.wide.sessions} is another number of those that read the log.
 */
@Tag("long")
final class WideCostTest {
    private static final int QUEUED = 50_000;
    private static final int READING = Integer.getInteger("holdfast.wide.sessions", 50_000);
    private static final int AT_ONCE = 500;
    private static final Duration DAY = Duration.ofDays(1);
    private static final QueueLimits LIMITS = new QueueLimits(1_000, 1_000_000, DropPolicy.DROP_OLDEST);
    private static final String PAYLOAD = "x".repeat(100);

    private int packetId;

    /**
     * Of one message.
     *
     * @param millis median from PUBLISH to PUBACK
     * @param redisMillis of Redis' CPU, a mean
     * @param redisBytes of Redis' memory, a mean
     */
    private record Cost(double millis, double redisMillis, double redisBytes) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "PUBACK %.2f ms, Redis %.3f ms and %.0f bytes", millis, redisMillis, redisBytes);
        }
    }

    @Test
    void aMessageToALogIsAcknowledgedAHundredTimesSoonerThanOneToAsManyQueues() {
        try (Cluster cluster =
                Cluster.on(RedisProcess.start("--appendonly", "yes"), "session.wide-filter-from=1000000")) {
            load(cluster);
            GatewayProcess gateway = cluster.gateway();
            RawClient publisher = cluster.connect(gateway, Connect.connect("publisher"));
            cost(cluster, publisher, "one/t", 200);
            Cost one = cost(cluster, publisher, "one/t", 200);
            cost(cluster, publisher, "queued/t", 2);
            Cost queues = cost(cluster, publisher, "queued/t", 10);
            cost(cluster, publisher, "wide/t", 200);
            Cost log = cost(cluster, publisher, "wide/t", 200);

            System.out.printf("one kept session: %s%n", one);
            System.out.printf("%,d queues: %s%n", QUEUED, queues);
            System.out.printf("a log that %,d sessions read: %s%n", READING, log);
            assertThat(queues.millis() / log.millis()).as("times sooner").isGreaterThan(100);
            assertThat(queues.redisBytes() / log.redisBytes())
                    .as("times less memory")
                    .isGreaterThan(1_000);
        }
    }

    /** Writes the sessions through the store, as a gateway would. */
    private static void load(Cluster cluster) {
        try (RedisConnection connection =
                        RedisConnection.open(RedisSettings.of(cluster.redis().addressForGateways()));
                RedisSessionStore sessions = new RedisSessionStore(connection);
                RedisLogStore logs = new RedisLogStore(connection, new LogLimits(1_000, 1_000_000, DAY))) {
            long next = logs.keep("wide/#", DAY).toCompletableFuture().join().next();
            Subscription wide = Subscription.of("wide/#", 1);
            LogCursor cursor = new LogCursor(0, wide, next, next - 1, 0, new long[0], new long[0]);
            load(
                    sessions,
                    "o",
                    1,
                    (store, attached) -> store.subscribe(attached.ref(), List.of(Subscription.of("one/#", 1))));
            load(
                    sessions,
                    "q",
                    QUEUED,
                    (store, attached) -> store.subscribe(attached.ref(), List.of(Subscription.of("queued/#", 1))));
            load(sessions, "w", READING, (store, attached) -> store.keepCursors(attached.ref(), List.of(cursor)));
        }
    }

    private static void load(
            SessionStore store,
            String prefix,
            int count,
            BiFunction<SessionStore, Attached, CompletionStage<?>> subscribe) {
        for (int from = 0; from < count; from += AT_ONCE) {
            CompletableFuture.allOf(IntStream.range(from, Math.min(count, from + AT_ONCE))
                            .mapToObj(i -> store.attach(
                                            new AttachRequest(prefix + i, "", "loader", false, DAY, null, LIMITS, 0))
                                    .thenCompose(attached -> subscribe
                                            .apply(store, attached)
                                            .thenCompose(done ->
                                                    store.detach(attached.ref(), new DetachRequest(DAY, 0, false))))
                                    .toCompletableFuture())
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
        }
    }

    private Cost cost(Cluster cluster, RawClient publisher, String topic, int messages) {
        List<Double> millis = new ArrayList<>();
        double cpu = redis(cluster, "used_cpu_user") + redis(cluster, "used_cpu_sys");
        double bytes = redis(cluster, "used_memory");
        for (int i = 0; i < messages; i++) {
            long begun = System.nanoTime();
            publisher.published(Publish.publish(topic, PAYLOAD).qos(1), 1 + packetId++ % 60_000);
            millis.add((System.nanoTime() - begun) / 1e6);
        }
        millis.sort(null);
        return new Cost(
                millis.get(messages / 2),
                1_000 * (redis(cluster, "used_cpu_user") + redis(cluster, "used_cpu_sys") - cpu) / messages,
                (redis(cluster, "used_memory") - bytes) / messages);
    }

    private static double redis(Cluster cluster, String figure) {
        return Arrays.stream(cluster.redis().command("INFO", "all").split("\r\n"))
                .filter(line -> line.startsWith(figure + ":"))
                .mapToDouble(line -> Double.parseDouble(line.substring(figure.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
