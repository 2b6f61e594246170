// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.contract.TicketKeyStoreFixture;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.redis.ServerTime;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.time.Duration;

/** Two stores of ticket keys as two gateways have them, on connections that outlive the fixture. */
final class RedisTicketKeyFixture implements TicketKeyStoreFixture {
    private final Time time = new Unhurried();
    private final RedisTicketKeyStore store;
    private final RedisTicketKeyStore otherProcess;

    RedisTicketKeyFixture(RedisConnection one, RedisConnection two) {
        TicketKeyStore.Life life = new TicketKeyStore.Life(time.step(), time.steps(3));
        store = new RedisTicketKeyStore(one, life);
        otherProcess = new RedisTicketKeyStore(two, life);
    }

    @Override
    public TicketKeyStore store() {
        return store;
    }

    @Override
    public TicketKeyStore otherProcess() {
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

    /** Of a server that is waited for, and whose keys must not be renewed between two calls on a busy machine. */
    private static final class Unhurried implements Time {
        private final Time server = new ServerTime();

        @Override
        public long nowMillis() {
            return server.nowMillis();
        }

        @Override
        public Duration step() {
            return Duration.ofSeconds(1);
        }

        @Override
        public void pass(Duration duration) {
            server.pass(duration);
        }
    }
}
