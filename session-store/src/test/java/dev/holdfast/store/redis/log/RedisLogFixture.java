// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.log;

import dev.holdfast.store.contract.Time;
import dev.holdfast.store.contract.log.LogStoreFixture;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.redis.ServerTime;
import dev.holdfast.store.redis.connection.RedisConnection;

/** Two log stores as two gateways have them, on connections that outlive the fixture. */
final class RedisLogFixture implements LogStoreFixture {
    private final RedisLogStore store;
    private final RedisLogStore otherProcess;
    private final Time time = new ServerTime();

    RedisLogFixture(RedisConnection one, RedisConnection two, LogLimits limits) {
        store = new RedisLogStore(one, limits);
        otherProcess = new RedisLogStore(two, limits);
    }

    @Override
    public LogStore store() {
        return store;
    }

    @Override
    public LogStore otherProcess() {
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
