// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionRef;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Found by the fault rig, seed 11, when a gateway was stopped for ten seconds, and again when a master was killed: the
 * gateway stood still with the first distribution of a QoS 2 message. Its publisher released the message at another
 * gateway, which distributed it; the subscriber took and acknowledged it. Then the first gateway went on, and its call,
 * which it knew for the first one of all, put the message into the queue a second time.
 */
final class LateEnqueueTest {
    private static final QueueLimits LIMITS = new QueueLimits(100, 1 << 20, QueueLimits.DropPolicy.DROP_OLDEST);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private SessionRef subscriber;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisSessionStore(connection);
        subscriber = answer(store.attach(new AttachRequest("s", "p", "g", false, Duration.ofHours(1), null, LIMITS)))
                .ref();
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void theFirstDistributionThatComesAfterItsRepetitionIsLeftAloneWhileTheMessageWaits() {
        assertThat(enqueue(2, 1, true)).isEqualTo(Enqueued.Result.STORED);

        assertThat(enqueue(2, 1, false)).isEqualTo(Enqueued.Result.REPEATED);
        assertThat(answer(store.read(subscriber, 1, 10, 1_000))).hasSize(1);
    }

    @Test
    void andAfterTheMessageHasBeenAcknowledged() {
        enqueue(2, 1, true);
        answer(store.release(subscriber, 1));
        answer(store.acknowledge(subscriber, 1, new long[0]));

        assertThat(enqueue(2, 1, false)).isEqualTo(Enqueued.Result.REPEATED);
        assertThat(answer(store.read(subscriber, 1, 10, 1_000))).isEmpty();
    }

    @Test
    void othersOfTheSameCallAreStoredInTheirOrder() {
        enqueue(2, 2, true);
        redis.pause();
        List<CompletionStage<List<Enqueued>>> all =
                List.of(send(2, 1, false), send(2, 2, false), send(1, 3, false), send(2, 4, false));
        redis.resume();

        assertThat(all.stream().map(one -> answer(one).get(0).result()))
                .containsExactly(
                        Enqueued.Result.STORED,
                        Enqueued.Result.REPEATED,
                        Enqueued.Result.STORED,
                        Enqueued.Result.STORED);
        assertThat(answer(store.read(subscriber, 1, 10, 1_000)).stream().map(one -> one.seq()))
                .containsExactly(1L, 2L, 3L, 4L);
    }

    private Enqueued.Result enqueue(int qos, int number, boolean mayRepeat) {
        return answer(send(qos, number, mayRepeat)).get(0).result();
    }

    private CompletionStage<List<Enqueued>> send(int qos, int number, boolean mayRepeat) {
        byte[] payload = ("m" + number).getBytes(StandardCharsets.UTF_8);
        Message message = Message.of(new MessageId(7, number), "t", payload, qos, false, System.currentTimeMillis());
        return store.enqueue(
                message, List.of(new EnqueueTarget("s", qos, false, EnqueueTarget.NO_IDENTIFIERS)), mayRepeat);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
