// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.contract.session.SessionStoreContract;
import dev.holdfast.store.contract.session.SessionStoreFixture;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The session store on one Redis server keeps the contract. */
final class RedisSessionStoreTest extends SessionStoreContract {
    private static RedisProcess redis;
    private static RedisSessionFixture fixture;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
        fixture = new RedisSessionFixture(RedisSettings.of(redis.addressForGateways()));
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
