// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.cluster.RedisMembership;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionStore.Due;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Redis' clock is set while sessions are offline. Once, a session that was to be kept for minutes ended at once when the clock went
 * forward by an hour, and stayed an hour too long when the clock went back.
 */
final class RedisClockTest {
    private static final QueueLimits LIMITS = new QueueLimits(100, 1L << 20, QueueLimits.DropPolicy.DROP_NEWEST);
    private static final Duration LEASE = Duration.ofSeconds(5);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private RedisMembership membership;

    @BeforeEach
    void start() {
        assumeTrue(RedisProcess.canSetClock(), "libfaketime is not installed");
        redis = RedisProcess.startWithClock();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisSessionStore(connection);
        membership = new RedisMembership(connection, store, LEASE);
        answer(membership.join("g"));
    }

    @AfterEach
    void stop() {
        if (redis != null) {
            connection.close();
            redis.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {60, 3_600, -3_600, 30_000_000})
    void whatIsToBeKeptIsKeptForItsTimeWhateverTheClockDoes(long stepSeconds) {
        leave("minutes", Duration.ofMinutes(10));
        leave("seconds", Duration.ofSeconds(3));
        Attached connected = answer(store.attach(request("connected", Duration.ofMinutes(10))));
        enqueue("connected", 1, false);
        answer(store.acknowledge(connected.ref(), 1, new long[0]));
        long began = System.nanoTime();

        redis.setClock(Duration.ofSeconds(stepSeconds));

        assertThat(answer(store.sweep(10)).expired()).isEmpty();
        // What was acknowledged at QoS 2 a moment ago is known still.
        assertThat(enqueue("connected", 1, true).result())
                .isEqualTo(stepSeconds > 7_200 ? Enqueued.Result.STORED : Enqueued.Result.REPEATED);
        assertThat(answer(membership.renew("g"))).isNotNull();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            Due due = answer(store.sweep(10));
            due.expired().forEach(one -> assertThat(one.clientId()).isEqualTo("seconds"));
            return !due.expired().isEmpty();
        });
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(2));
        assertThat(answer(store.find("minutes"))).isNotNull();
        assertThat(answer(store.find("connected"))).isNotNull();
    }

    /** The second gateway starts after the jump, so it has seen none. */
    @ParameterizedTest
    @ValueSource(longs = {3_600, -3_600})
    void aGatewayThatStartsAfterwardsLearnsFromTheOthersWhatTimeItIs(long stepSeconds) {
        leave("minutes", Duration.ofMinutes(10));
        redis.setClock(Duration.ofSeconds(stepSeconds));
        answer(connection.sample());
        answer(membership.renew("g"));

        try (RedisConnection fresh = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore its = new RedisSessionStore(fresh);
            answer(new RedisMembership(fresh, its, LEASE).join("new"));

            assertThat(answer(its.sweep(10)).expired()).isEmpty();
            assertThat(answer(its.find("minutes"))).isNotNull();
            assertThat(fresh.nowMillis()).isBetween(connection.nowMillis() - 2_000, connection.nowMillis() + 2_000);
        }
    }

    private void leave(String clientId, Duration expiry) {
        Attached attached = answer(store.attach(request(clientId, expiry)));
        answer(store.detach(attached.ref(), new DetachRequest(expiry, 0, false)));
    }

    private Enqueued enqueue(String clientId, long number, boolean mayRepeat) {
        Message message = Message.of(new MessageId(9, number), "t", new byte[10], 2, false, 0);
        List<EnqueueTarget> targets = List.of(new EnqueueTarget(clientId, 2, false, EnqueueTarget.NO_IDENTIFIERS));
        return answer(store.enqueue(message, targets, mayRepeat)).get(0);
    }

    private static AttachRequest request(String clientId, Duration expiry) {
        return new AttachRequest(clientId, "p", "g", false, expiry, null, LIMITS);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
