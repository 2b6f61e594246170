// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.outage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.redis.RedisSentinel;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisUser;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A master that dies under load, with two replicas and three Sentinels. */
final class SentinelFailoverTest {
    private static final QueueLimits LIMITS = new QueueLimits(100_000, 1L << 30, QueueLimits.DropPolicy.DROP_NEWEST);

    @Test
    void whatOneReplicaHasConfirmedSurvivesTheMasterOnceAndInOrder() {
        try (RedisSentinel deployment = RedisSentinel.start();
                RedisConnection connection = RedisConnection.open(settings(deployment))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            Attached attached =
                    answer(store.attach(new AttachRequest("c", "p", "g", false, Duration.ofHours(1), null, LIMITS)));
            List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();

            enqueue(store, pending, 500);
            deployment.master().kill();
            enqueue(store, pending, 500);
            pending.forEach(SentinelFailoverTest::answer);
            enqueue(store, pending, 100);
            pending.forEach(SentinelFailoverTest::answer);

            List<QueuedMessage> queued = new ArrayList<>();
            List<QueuedMessage> chunk = answer(store.read(attached.ref(), 1, 1_000, 1 << 20));
            while (!chunk.isEmpty()) {
                queued.addAll(chunk);
                long next = chunk.get(chunk.size() - 1).seq() + 1;
                chunk = answer(store.read(attached.ref(), next, 1_000, 1 << 20));
            }
            assertThat(queued).hasSize(1_100);
            for (int i = 0; i < queued.size(); i++) {
                Message message = Objects.requireNonNull(queued.get(i).message());
                assertThat(message.id().number()).isEqualTo(i);
            }
        }
    }

    private static void enqueue(RedisSessionStore store, List<CompletionStage<List<Enqueued>>> pending, int count) {
        for (int i = 0; i < count; i++) {
            Message message = Message.of(new MessageId(7, pending.size()), "t", new byte[20], 1, false, 0);
            pending.add(store.enqueue(
                    message, List.of(new EnqueueTarget("c", 1, false, EnqueueTarget.NO_IDENTIFIERS)), false));
        }
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static RedisSettings settings(RedisSentinel deployment) {
        return RedisSettings.of(RedisSettings.Server.of(RedisSettings.Mode.SENTINEL, deployment.addresses())
                        .with(RedisUser.ACCESS))
                .withPatience(Duration.ofSeconds(1), Duration.ofSeconds(40))
                .withDurability(RedisSettings.Durability.replicated(1));
    }
}
