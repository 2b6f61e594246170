// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.log;

import dev.holdfast.store.contract.log.LogStoreContract;
import dev.holdfast.store.contract.log.LogStoreFixture;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.connection.RedisConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The log store on a Redis Cluster keeps the contract. */
final class RedisClusterLogStoreTest extends LogStoreContract {
    private static RedisCluster cluster;
    private static RedisConnection one;
    private static RedisConnection two;

    @BeforeAll
    static void startRedis() {
        cluster = RedisCluster.start();
        one = RedisConnection.open(cluster.settings());
        two = RedisConnection.open(cluster.settings());
    }

    @AfterAll
    static void stopRedis() {
        one.close();
        two.close();
        cluster.close();
    }

    @Override
    protected LogStoreFixture open(LogLimits limits) {
        cluster.flush();
        return new RedisLogFixture(one, two, limits);
    }
}
