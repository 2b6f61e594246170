// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Redis a gateway takes by the format of what is kept there. */
final class FormatVersionTest {
    private static final String NOTE = "hf:f{g}";

    private RedisProcess redis;
    private RedisConnection connection;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void whereNoneIsNotedItIsNotedForEver() {
        check();

        assertThat(redis.command("GET", NOTE)).isEqualTo(Integer.toString(FormatVersion.CURRENT));
        assertThat(redis.command("PTTL", NOTE)).isEqualTo("-1");
    }

    @Test
    void itsOwnIsTakenAgain() {
        check();
        check();

        assertThat(redis.command("GET", NOTE)).isEqualTo(Integer.toString(FormatVersion.CURRENT));
    }

    @Test
    void aNewerOneIsRefusedWithWhatToDoAndLeftAsItIs() {
        redis.command("SET", NOTE, "2");

        assertThat(catchThrowable(this::check).getCause())
                .isInstanceOfSatisfying(RedisRefusedException.class, refusal -> {
                    assertThat(refusal)
                            .hasMessageContainingAll(
                                    "format 2", "reads 1", NOTE, "start that one again, or restore the backup");
                    assertThat(refusal.kind()).isEqualTo("format");
                    assertThat(refusal.isAway()).isFalse();
                });
        assertThat(redis.command("GET", NOTE)).isEqualTo("2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "", "one", "1.0", "\u0000\u0001"})
    void anotherOneIsRefusedWithWhatToDoAndLeftAsItIs(String kept) {
        redis.command("SET", NOTE, kept);

        assertThat(catchThrowable(this::check).getCause())
                .isInstanceOf(RedisRefusedException.class)
                .hasMessageContaining("a prefix or a database of its own");
        assertThat(redis.command("GET", NOTE)).isEqualTo(kept);
    }

    private void check() {
        new FormatVersion(connection)
                .check()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
