// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.contract.TicketKeyStoreContract;
import dev.holdfast.store.contract.TicketKeyStoreFixture;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.connection.RedisConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The store of ticket keys on a Redis Cluster keeps the contract. */
final class RedisClusterTicketKeyStoreTest extends TicketKeyStoreContract {
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
    protected TicketKeyStoreFixture open() {
        cluster.flush();
        return new RedisTicketKeyFixture(one, two);
    }
}
