// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.contract.session.SessionStoreContract;
import dev.holdfast.store.contract.session.SessionStoreFixture;
import dev.holdfast.store.redis.RedisCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The session store on a Redis Cluster keeps the contract. */
final class RedisClusterSessionStoreTest extends SessionStoreContract {
    private static RedisCluster cluster;
    private static RedisSessionFixture fixture;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.start();
        fixture = new RedisSessionFixture(cluster.settings());
    }

    @AfterAll
    static void stopCluster() {
        fixture.closeConnections();
        cluster.close();
    }

    @Override
    protected SessionStoreFixture open() {
        cluster.flush();
        return fixture;
    }
}
