// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.contract.SessionStoreContract;
import dev.holdfast.store.contract.SessionStoreFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The session store on one Redis server keeps the contract. */
final class RedisSessionStoreTest extends SessionStoreContract {
    private static RedisProcess redis;
    private static RedisFixture fixture;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
        fixture = new RedisFixture(RedisSettings.of(redis.addressForGateways()));
    }

    @AfterAll
    static void stopRedis() {
        fixture.closeConnections();
        redis.close();
    }

    @Override
    protected SessionStoreFixture open() {
        redis.command("FLUSHALL");
        return fixture;
    }
}
