// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A SUBSCRIBE waits until its gateway knows of every retained message that was acknowledged at another gateway. */
final class RetainedNewsTest {
    private static final int TOPICS = 50;
    /** Topics of one shard, more than two pages of them. */
    private static final int MANY = 1_200;

    /** Two stores on one Redis, as two gateways have them, and what one of them has heard. */
    private static final class TwoGateways implements AutoCloseable {
        private final RedisProcess redis;
        private final RedisConnection here;
        private final RedisConnection there;
        private final RedisRetainedStore reader;
        private final RedisRetainedStore writer;
        private final AtomicReference<@Nullable Runnable> atNext = new AtomicReference<>();
        private final Set<String> heard = ConcurrentHashMap.newKeySet();

        TwoGateways(RedisProcess redis) {
            this.redis = redis;
            here = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
            there = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
            reader = new RedisRetainedStore(here, new RetainedLimits(10_000, 1_000));
            writer = new RedisRetainedStore(there, new RetainedLimits(10_000, 1_000));
            reader.onChange(new RetainedStore.Listener() {
                @Override
                public void retained(String topic) {
                    Runnable first = atNext.getAndSet(null);
                    if (first != null) {
                        first.run();
                    }
                    heard.add(topic);
                }

                @Override
                public void cleared(String topic) {
                    heard.remove(topic);
                }
            });
        }

        void onFirst(Runnable task) {
            atNext.set(task);
        }

        void retain(String topic) {
            retain(List.of(topic));
        }

        void retain(List<String> topics) {
            byte[] payload = {'x'};
            topics.stream()
                    .map(topic -> writer.retain(Message.of(new MessageId(1, 1), topic, payload, 1, true, 1_000)))
                    .toList()
                    .forEach(TwoGateways::await);
        }

        Set<String> heardAfterCatchingUp() {
            await(reader.catchUp());
            return Set.copyOf(heard);
        }

        /** Makes a change in shard 0 whose predecessor is not in the feed any more. */
        void loseAChange() {
            String feed = here.keys().retainedFeed(0);
            redis.command("XADD", feed, "9000000000000000-0", "b", "1", "o", "-", "t", "-");
            redis.command("PUBLISH", here.keys().retainedBell(), feed);
        }

        long calls() {
            return redis.command("INFO", "commandstats")
                    .lines()
                    .filter(line -> line.startsWith("cmdstat_evalsha:calls="))
                    .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('=') + 1, line.indexOf(','))))
                    .sum();
        }

        @Override
        public void close() {
            reader.close();
            writer.close();
            here.close();
            there.close();
            redis.close();
        }

        private static <T> T await(CompletionStage<T> stage) {
            return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    @Test
    void whatWasAcknowledgedAnywhereIsKnownAfterwards() {
        try (TwoGateways two = new TwoGateways(RedisProcess.start())) {
            for (int i = 0; i < TOPICS; i++) {
                two.retain("news/" + i);

                assertThat(two.heardAfterCatchingUp()).contains("news/" + i);
            }
            TwoGateways.await(two.writer.clear("news/7", Long.MAX_VALUE));
            assertThat(two.heardAfterCatchingUp()).hasSize(TOPICS - 1).doesNotContain("news/7");
        }
    }

    /** The feed lacks a change, as after a trim: every topic of the shard is told again, page by page. */
    @Test
    void whoAsksWhileALostChangeIsBeingMadeUpForWaitsForIt() {
        try (TwoGateways two = new TwoGateways(RedisProcess.start())) {
            List<String> topics = ofOneShard(MANY);
            two.retain(topics);
            two.heardAfterCatchingUp();
            CompletableFuture<Set<String>> heardMeanwhile = new CompletableFuture<>();
            two.heard.clear();
            two.onFirst(() -> two.reader.catchUp().thenRun(() -> heardMeanwhile.complete(Set.copyOf(two.heard))));

            two.loseAChange();

            assertThat(TwoGateways.await(heardMeanwhile)).containsAll(topics);
        }
    }

    @Test
    void aLostChangeWhoseMakingUpFailsIsMadeUpForLater() {
        try (TwoGateways two = new TwoGateways(RedisProcess.start())) {
            List<String> topics = ofOneShard(3);
            two.retain(topics);
            two.heardAfterCatchingUp();
            two.heard.clear();
            two.onFirst(() -> {
                throw new IllegalStateException("as if Redis had not answered");
            });

            two.loseAChange();

            Awaitility.await().untilAsserted(() -> assertThat(two.heard).containsAll(topics));
        }
    }

    private static List<String> ofOneShard(int count) {
        return IntStream.iterate(0, number -> number + 1)
                .mapToObj(number -> "news/" + number)
                .filter(topic -> RedisKeys.slot(topic) % RedisRetainedStore.SHARDS == 0)
                .limit(count)
                .toList();
    }

    @Test
    void nothingNewCostsOneCall() {
        try (TwoGateways two = new TwoGateways(RedisProcess.start())) {
            two.heardAfterCatchingUp();

            long least = Long.MAX_VALUE;
            for (int i = 0; i < 20; i++) { // others, such as the look every two seconds, may call meanwhile
                long before = two.calls();
                two.heardAfterCatchingUp();
                least = Math.min(least, two.calls() - before);
            }

            assertThat(least).isEqualTo(1);
        }
    }

    /** A managed cluster that looks like one server to its clients refuses calls with keys of several shards. */
    @Test
    void aNodeOfAClusterThatIsGivenAsASingleServerIsAskedShardByShard() {
        RedisProcess node = RedisProcess.startNode();
        node.command(Stream.concat(
                        Stream.of("CLUSTER", "ADDSLOTS"),
                        IntStream.range(0, RedisKeys.SLOTS).mapToObj(Integer::toString))
                .toArray(String[]::new));
        Awaitility.await().until(() -> node.command("CLUSTER", "INFO").contains("cluster_state:ok"));
        try (TwoGateways two = new TwoGateways(node)) {
            two.retain("one/node");

            assertThat(two.heardAfterCatchingUp()).containsExactly("one/node");
        }
    }
}
