// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.contract.RetainedStoreContract;
import dev.holdfast.store.contract.RetainedStoreFixture;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The retained store on one Redis server keeps the contract. */
final class RedisRetainedStoreTest extends RetainedStoreContract {
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
    protected RetainedStoreFixture open(RetainedLimits limits) {
        redis.command("FLUSHALL");
        return new RedisRetainedFixture(one, two, limits);
    }
}
