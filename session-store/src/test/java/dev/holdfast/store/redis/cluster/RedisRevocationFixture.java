// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.RevocationStore;
import dev.holdfast.store.contract.RevocationStoreFixture;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.redis.ServerTime;
import dev.holdfast.store.redis.connection.RedisConnection;

/** Two revocation stores as two gateways have them, on connections that outlive the fixture. */
final class RedisRevocationFixture implements RevocationStoreFixture {
    private final RedisRevocationStore store;
    private final RedisRevocationStore otherProcess;
    private final Time time = new ServerTime();

    RedisRevocationFixture(RedisConnection one, RedisConnection two, int most) {
        store = new RedisRevocationStore(one, most);
        otherProcess = new RedisRevocationStore(two, most);
    }

    @Override
    public RevocationStore store() {
        return store;
    }

    @Override
    public RevocationStore otherProcess() {
        return otherProcess;
    }

    @Override
    public Time time() {
        return time;
    }

    @Override
    public void close() {
        store.close();
        otherProcess.close();
    }
}
