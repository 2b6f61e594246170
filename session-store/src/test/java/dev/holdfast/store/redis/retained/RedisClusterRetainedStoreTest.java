// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.contract.RetainedStoreContract;
import dev.holdfast.store.contract.RetainedStoreFixture;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.connection.RedisConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The retained store on a Redis Cluster keeps the contract. */
final class RedisClusterRetainedStoreTest extends RetainedStoreContract {
    private static RedisCluster cluster;
    private static RedisConnection one;
    private static RedisConnection two;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.start();
        one = RedisConnection.open(cluster.settings());
        two = RedisConnection.open(cluster.settings());
    }

    @AfterAll
    static void stopCluster() {
        one.close();
        two.close();
        cluster.close();
    }

    @Override
    protected RetainedStoreFixture open(RetainedLimits limits) {
        cluster.flush();
        return new RedisRetainedFixture(one, two, limits);
    }
}
