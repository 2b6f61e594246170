// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.contract.RetainedStoreFixture;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.redis.ServerTime;
import dev.holdfast.store.redis.connection.RedisConnection;

/** Two retained stores as two gateways have them, on connections that outlive the fixture. */
final class RedisRetainedFixture implements RetainedStoreFixture {
    private final RedisRetainedStore store;
    private final RedisRetainedStore otherProcess;
    private final Time time = new ServerTime();

    RedisRetainedFixture(RedisConnection one, RedisConnection two, RetainedLimits limits) {
        store = new RedisRetainedStore(one, limits);
        otherProcess = new RedisRetainedStore(two, limits);
    }

    @Override
    public RetainedStore store() {
        return store;
    }

    @Override
    public RetainedStore otherProcess() {
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
