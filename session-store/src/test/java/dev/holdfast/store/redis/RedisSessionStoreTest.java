// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.contract.SessionStoreContract;
import dev.holdfast.store.contract.SessionStoreFixture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The session store on one Redis server keeps the contract. */
final class RedisSessionStoreTest extends SessionStoreContract {
    private static final AtomicInteger TESTS = new AtomicInteger();
    private static RedisProcess redis;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @Override
    protected SessionStoreFixture open() {
        return new RedisFixture(RedisSettings.of(redis.address()).withKeyPrefix("t" + TESTS.incrementAndGet()));
    }
}
