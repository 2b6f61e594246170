// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.contract.log.LogStoreContract;
import dev.holdfast.store.contract.log.LogStoreFixture;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The log store on one Redis server keeps the contract. */
final class RedisLogStoreTest extends LogStoreContract {
    private static RedisProcess redis;
    private static RedisConnection one;
    private static RedisConnection two;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
        one = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        two = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
    }

    @AfterAll
    static void stopRedis() {
        one.close();
        two.close();
        redis.close();
    }

    @Override
    protected LogStoreFixture open(LogLimits limits) {
        redis.command("FLUSHALL");
        return new RedisLogFixture(one, two, limits);
    }

    @Test
    void nothingIsLeftOfALogThatHasEnded() throws Exception {
        LogStoreFixture fixture = open(new LogLimits(10, 1_000, Duration.ZERO));
        Answers.of(fixture.store().keep("news/#", Duration.ZERO));
        for (int qos = 0; qos <= 2; qos++) {
            Message message = Message.of(Samples.newId(), "news/a", new byte[10], qos, false, 0);
            Answers.of(fixture.store().append("news/#", message, "p", false));
        }
        assertThat(ttls()).hasSize(3).allSatisfy(ttl -> assertThat(ttl).isPositive());
        fixture.time().pass(fixture.time().step());

        Answers.of(fixture.store().sweep(10));

        assertThat(redis.command("KEYS", "hf:[lauy]{*")).isEqualTo("*0");
    }

    private static List<Long> ttls() {
        return Stream.of("l", "a", "u")
                .map(kind -> Long.parseLong(
                        redis.command("PTTL", "hf:" + kind + "{news/#}").strip()))
                .toList();
    }
}
