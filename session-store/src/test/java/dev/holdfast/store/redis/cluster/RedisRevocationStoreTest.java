// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Revocation;
import dev.holdfast.store.Revocation.Kind;
import dev.holdfast.store.RevocationStore.Changes;
import dev.holdfast.store.contract.RevocationStoreContract;
import dev.holdfast.store.contract.RevocationStoreFixture;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The revocation store on one Redis server keeps the contract, and leaves nothing behind. */
final class RedisRevocationStoreTest extends RevocationStoreContract {
    private static final List<String> KEYS = List.of("hf:v{v}", "hf:c{v}", "hf:e{v}");

    private static final long MARGIN = Duration.ofDays(400).toSeconds();

    private static RedisProcess redis;
    private static RedisConnection one;
    private static RedisConnection two;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
        one = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        two = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
    }

    @AfterAll
    static void stopRedis() {
        one.close();
        two.close();
        redis.close();
    }

    @Override
    protected RevocationStoreFixture open(int most) {
        redis.command("FLUSHALL");
        return new RedisRevocationFixture(one, two, most);
    }

    @Test
    void everyKeyHasATimeToLiveThatCoversTheLastEndAndNoUpdateDropsIt() throws Exception {
        RedisRevocationStore store = new RedisRevocationStore(one, 100);
        revoke(store, "long", 7200);
        revoke(store, "short", 60);
        store.lift(new Revocation.Key(Kind.TOKEN, "i", "long"))
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);

        for (String key : KEYS) {
            long seconds = Long.parseLong(redis.command("TTL", key));
            assertThat(seconds).as(key).isBetween(7200 + MARGIN - 30, 7200 + MARGIN);
        }
    }

    @Test
    void whenAllHaveEndedALookLeavesNoKey() throws Exception {
        RedisRevocationStore store = new RedisRevocationStore(one, 1000);
        for (int i = 0; i < 250; i++) {
            revoke(store, "t" + i, 1);
        }

        await().untilAsserted(() -> {
            since(store, 0);
            assertThat(redis.keys()).isEmpty();
        });
    }

    @Test
    void aRedisThatLostItsDataTellsEverythingItHasSince() throws Exception {
        RedisRevocationStore store = new RedisRevocationStore(one, 100);
        revoke(store, "lost", 60);
        long version = since(store, 0).version();
        redis.command("FLUSHALL");
        assertThat(since(store, version).changes()).isEmpty();

        revoke(store, "new", 60);

        assertThat(since(store, version + 3_600_000_000L).changes()).hasSize(1);
    }

    private static void revoke(RedisRevocationStore store, String id, int seconds) throws Exception {
        Instant now = Instant.now();
        Revocation revocation = new Revocation(new Revocation.Key(Kind.TOKEN, "i", id), now, now.plusSeconds(seconds));
        assertThat(store.revoke(revocation).toCompletableFuture().get(5, TimeUnit.SECONDS))
                .isTrue();
    }

    private static Changes since(RedisRevocationStore store, long version) throws Exception {
        return store.changesSince(version, 1000).toCompletableFuture().get(5, TimeUnit.SECONDS);
    }
}
