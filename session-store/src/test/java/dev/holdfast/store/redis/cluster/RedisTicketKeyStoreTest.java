// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.TicketKey;
import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.contract.TicketKeyStoreContract;
import dev.holdfast.store.contract.TicketKeyStoreFixture;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The store of ticket keys on one Redis server keeps the contract, and its one key goes by itself. */
final class RedisTicketKeyStoreTest extends TicketKeyStoreContract {
    private static final String KEY = "hf:b{g}";

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
    protected TicketKeyStoreFixture open() {
        redis.command("FLUSHALL");
        return new RedisTicketKeyFixture(one, two);
    }

    @Test
    void theKeyGoesTwelveHoursAfterTheLastGatewayHasAsked() throws Exception {
        keys(1);

        assertThat(Long.parseLong(redis.command("TTL", KEY))).isBetween(12 * 3600 - 30L, 12 * 3600L);
    }

    @Test
    void whoDeletesTheKeyTakesAllTicketsBack() throws Exception {
        keys(1);
        redis.command("DEL", KEY);

        assertThat(keys(2)).extracting(key -> (int) key.bytes()[0]).containsExactly(2);
    }

    @Test
    void aKeyThatAClockHasMadeFarInTheFutureDoesNotHold() throws Exception {
        redis.command("ZADD", KEY, Long.toString(System.currentTimeMillis() + 3_600_000), "x".repeat(TicketKey.LENGTH));

        assertThat(keys(2)).extracting(key -> (int) key.bytes()[0]).containsExactly(2);
    }

    private static List<TicketKey> keys(int fresh) throws Exception {
        byte[] key = new byte[TicketKey.LENGTH];
        Arrays.fill(key, (byte) fresh);
        return new RedisTicketKeyStore(one, TicketKeyStore.Life.DEFAULT)
                .keys(key)
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }
}
