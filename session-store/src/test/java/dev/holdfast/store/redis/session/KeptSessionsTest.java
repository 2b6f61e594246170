// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.TooManySessionsException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The counted sessions of a principal in Redis, after failures and after all sessions have ended. */
final class KeptSessionsTest {
    private static final QueueLimits LIMITS = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisSessionStore(connection);
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void thePlaceOfASessionThatVanishedUnnoticedIsGivenToAnother() {
        attach("a");
        attach("vanished");
        redis.command("DEL", "hf:{vanished}");

        attach("c");

        assertThatThrownBy(() -> attach("d")).hasRootCauseInstanceOf(TooManySessionsException.class);
    }

    /** Found by CI: the place had not been given back yet when the next session was made. */
    @Test
    void thePlaceOfASessionWhoseClientHasBegunACleanOneIsGivenToAnother() {
        attach("a");
        attach("clean");
        answer(store.attach(new AttachRequest("clean", "p", "g", true, Duration.ZERO, null, LIMITS, 2)));
        await().until(() -> redis.command("ZCARD", places()).equals("1"));
        redis.command("ZADD", places(), "1", "clean");

        attach("c");
    }

    @Test
    void aPlaceThatWasTakenInVainIsGivenToAnotherAfterAMinute() {
        attach("a");
        String longAgo = Long.toString(-System.currentTimeMillis() + 61_000);
        String justNow = Long.toString(-System.currentTimeMillis());
        redis.command("ZADD", places(), justNow, "under way");
        assertThatThrownBy(() -> attach("c")).hasRootCauseInstanceOf(TooManySessionsException.class);

        redis.command("ZADD", places(), longAgo, "under way");

        attach("c");
    }

    @Test
    void everyPlaceHasAnEndOfItsOwn() {
        attach("a");

        assertThat(Long.parseLong(redis.command("PTTL", places())))
                .isGreaterThan(Duration.ofHours(2).toMillis());
    }

    @ParameterizedTest
    @ValueSource(strings = {"left", "expired", "destroyed", "begun anew as a clean one"})
    void aSessionThatHasEndedLeavesNoPlaceBehind(String end) {
        Attached attached = attach("a");
        switch (end) {
            case "left" -> answer(store.detach(attached.ref(), new DetachRequest(Duration.ZERO, 0, false)));
            case "expired" -> {
                answer(store.detach(attached.ref(), new DetachRequest(Duration.ofMillis(1), 0, false)));
                await().until(() -> !answer(store.sweep(10)).expired().isEmpty());
            }
            case "destroyed" -> answer(store.destroy("a"));
            default -> answer(store.attach(new AttachRequest("a", "p", "g", true, Duration.ZERO, null, LIMITS, 2)));
        }

        await().until(() -> redis.keys().stream().noneMatch(key -> key.startsWith("hf:k")));
    }

    /** A session that lives longer than the TTL of the key must stay counted; otherwise more and more could be made. */
    @Test
    void aSessionThatLivesOnKeepsItsPlace() {
        attach("a");
        redis.command("PEXPIRE", places(), "60000");
        redis.keys().stream()
                .filter(key -> key.startsWith("hf:x"))
                .forEach(key -> redis.command("ZADD", key, "0", "a"));

        answer(store.sweep(10));

        await().until(() -> Long.parseLong(redis.command("PTTL", places()))
                > Duration.ofHours(2).toMillis());
    }

    private String places() {
        return redis.keys().stream()
                .filter(key -> key.startsWith("hf:k"))
                .findFirst()
                .orElseThrow();
    }

    private Attached attach(String clientId) {
        return answer(store.attach(new AttachRequest(clientId, "p", "g", false, Duration.ofHours(1), null, LIMITS, 2)));
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
