// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Found by the fault rig, seed 1351691, after 24 minutes: a gateway stood still with a retained message that Redis had not
 * answered. Its publisher went to another gateway, sent it again there, and later ones. Then the first gateway went on, sent
 * its call once more, and the topic had the old message again.
 */
final class LateRetainTest {
    private static final byte[] LATE = {'1'};
    private static final byte[] IN_TIME = {'0'};
    private static final String TOPIC = "keep/2";

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisRetainedStore store;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisRetainedStore(connection, new RetainedLimits(100, 1_000));
    }

    @AfterEach
    void stop() {
        store.close();
        connection.close();
        redis.close();
    }

    @Test
    void aCallThatComesLateDoesNotReplaceWhatHasArrivedAfterIt() {
        retain(message("new", 2_000), IN_TIME);

        retain(message("old", 1_000), LATE);

        assertThat(found()).isEqualTo("new");
    }

    @Test
    void aCallThatComesLateReplacesWhatArrivedBeforeIt() {
        retain(message("old", 1_000), IN_TIME);

        retain(message("new", 2_000), LATE);

        assertThat(found()).isEqualTo("new");
    }

    /** The clocks of gateways differ: arrival times are compared only for a call that is late. */
    @Test
    void aCallInTimeReplacesWhateverIsThere() {
        retain(message("from a clock that is ahead", 2_000), IN_TIME);

        retain(message("new", 1_000), IN_TIME);

        assertThat(found()).isEqualTo("new");
    }

    @Test
    void aRemovalThatComesLateLeavesWhatHasArrivedAfterItAndTakesWhatArrivedBefore() {
        retain(message("new", 2_000), IN_TIME);

        remove(1_000, LATE);
        assertThat(found()).isEqualTo("new");

        remove(3_000, LATE);
        assertThat(answer(store.find(List.of(TOPIC)))).isEmpty();
    }

    @Test
    void aRemovalInTimeTakesWhateverIsThere() {
        retain(message("from a clock that is ahead", 2_000), IN_TIME);

        answer(store.clear(TOPIC, 1_000));

        assertThat(answer(store.find(List.of(TOPIC)))).isEmpty();
    }

    @Test
    void aCallThatHasWaitedForASecondIsLate() {
        ScriptCall<Void> call =
                ScriptCall.tellingLateness(Script.RETAIN, 0, List.of("k"), reply -> null, new byte[] {'v'});
        call.submittedAtNanos = System.nanoTime();
        assertThat(call.arguments(IN_TIME)[1]).isEqualTo(IN_TIME);

        call.submittedAtNanos -= TimeUnit.MILLISECONDS.toNanos(1_100);

        assertThat(call.arguments(IN_TIME)[1]).isEqualTo(LATE);
    }

    private void retain(Message message, byte[] lateness) {
        call(Script.RETAIN, lateness, MessageCodec.encode(message), new byte[0]);
    }

    private void remove(long arrivedAtMillis, byte[] lateness) {
        call(Script.UNRETAIN, lateness, new byte[0], Arguments.ascii(arrivedAtMillis));
    }

    private void call(Script script, byte[] lateness, byte[] entry, byte[] last) {
        int shard = RedisKeys.slot(TOPIC) % RedisRetainedStore.SHARDS;
        RedisKeys names = connection.keys();
        answer(connection.call(new ScriptCall<>(
                script,
                RedisKeys.slot(Integer.toString(shard)),
                List.of(names.retained(shard), names.retainedExpiry(shard), names.retainedFeed(shard)),
                reply -> reply.status(),
                lateness,
                utf8(names.retainedBell()),
                utf8(TOPIC),
                entry,
                last)));
    }

    private String found() {
        Message message = answer(store.find(List.of(TOPIC))).get(0);
        return new String(message.body(), message.payloadOffset(), message.payloadLength(), StandardCharsets.UTF_8);
    }

    private static Message message(String text, long arrivedAtMillis) {
        return Message.of(new MessageId(1, arrivedAtMillis), TOPIC, utf8(text), 1, true, arrivedAtMillis);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
