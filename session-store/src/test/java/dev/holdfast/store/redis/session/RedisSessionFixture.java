// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.contract.Time;
import dev.holdfast.store.contract.session.SessionStoreFixture;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisSettings.WillTimes;
import dev.holdfast.store.redis.ServerTime;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.List;

/** Two connections as two gateways have them, for all tests of one class: closing the fixture leaves them open. */
final class RedisSessionFixture implements SessionStoreFixture {
    private static final WillTimes WILLS = new WillTimes(Duration.ofMillis(700), Duration.ofMillis(1_500));

    private final RedisConnection one;
    private final RedisConnection two;
    private final RedisSessionStore store;
    private final RedisSessionStore otherProcess;
    private final Time time = new ServerTime();

    RedisSessionFixture(RedisSettings given) {
        RedisSettings settings = given.withWillTimes(WILLS);
        one = RedisConnection.open(settings);
        two = RedisConnection.open(settings);
        store = new RedisSessionStore(one);
        otherProcess = new RedisSessionStore(two);
        // Each master is met before a test forgets all keys: who meets it afterwards has to doubt what it has.
        for (RedisSessionStore each : List.of(store, otherProcess)) {
            for (int i = 0; i < 32; i++) {
                each.find("met-" + i).toCompletableFuture().join();
            }
        }
    }

    RedisConnection connection() {
        return one;
    }

    @Override
    public SessionStore store() {
        return store;
    }

    @Override
    public SessionStore otherProcess() {
        return otherProcess;
    }

    @Override
    public Time time() {
        return time;
    }

    @Override
    public int modelRuns() {
        return 10;
    }

    @Override
    public Duration willWord() {
        return WILLS.word();
    }

    @Override
    public Duration willLease() {
        return WILLS.lease();
    }

    @Override
    public void close() {}

    void closeConnections() {
        one.close();
        two.close();
    }
}
