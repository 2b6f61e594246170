// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What gateways leave behind in Redis when they come and go. */
final class MemberKeysTest {
    private static final Duration LEASE = Duration.ofSeconds(10);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private RedisMembership membership;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisSessionStore(connection);
        membership = new RedisMembership(connection, store, LEASE);
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    /** Once, the key with the names of dead gateways had no TTL; the census of the fault rig found it. */
    @Test
    void nothingThatAGatewayLeavesBehindStaysForEver() {
        answer(membership.join("a"));
        answer(membership.join("b"));
        answer(membership.leave("a"));

        assertThat(redis.keys())
                .isNotEmpty()
                .allSatisfy(key -> assertThat(Long.parseLong(redis.command("PTTL", key)))
                        .as(key)
                        .isPositive());
    }

    @Test
    void aGatewayThatWasBuriedBeforeAllWereAwayForLongIsStillReaped() {
        QueueLimits limits = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);
        answer(membership.join("a"));
        answer(store.attach(new AttachRequest("c", "p", "a", false, Duration.ofDays(7), null, limits)));
        answer(membership.leave("a"));
        long longAgo = System.currentTimeMillis() - Duration.ofDays(2).toMillis();
        redis.command("ZADD", "hf:h{g}", Long.toString(longAgo), "a");

        int reaped = answer(membership.reap(10, each -> {}));

        SessionView view = answer(store.find("c"));
        assertThat(reaped).isEqualTo(1);
        assertThat(view.owner()).isNull();
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
