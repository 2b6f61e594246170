// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RTopic;
import org.redisson.client.codec.ByteArrayCodec;

/**
 * All retained messages in Redis, in shards by topic, so that the masters of a cluster share them. Safe for any number of threads
 * and gateways. Calls of retain and clear for one topic take effect in their order.
 *
 * <p>Listeners hear of changes at all gateways. A change rings a bell (a published message) that has each gateway poll the shard at
 * once. Bells may be lost, so each shard is also polled every two seconds. A SUBSCRIBE must not miss a change that was acknowledged
 * at another gateway: it waits for {@link #catchUp}. Outside of a cluster that asks with one call which shards have changes.
 */
public final class RedisRetainedStore implements RetainedStore {
    /** How many shards there are; a topic is in the shard of its slot modulo this number. */
    public static final int SHARDS = 16;

    private static final Duration POLL_PERIOD = Duration.ofSeconds(2);
    private static final int MOST_TOPICS_A_CALL = 128;
    private static final byte[] NONE = {};

    private final RetainedLimits limits;
    private final byte[] bell;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final RedisConnection connection;
    private final RetainedShard[] shards = new RetainedShard[SHARDS];
    private final OneAtATime news = new OneAtATime(this::askForNews);
    /** Whether one call can name the keys of one shard only, as on a cluster. */
    private volatile boolean isSharedOut;

    private final Future<?> polling;
    private final RTopic topic;

    /** A store on a connection that other stores may share; closing the store leaves the connection open. */
    public RedisRetainedStore(RedisConnection connection, RetainedLimits limits) {
        this.limits = limits;
        this.connection = connection;
        isSharedOut = connection.settings().server().mode() == RedisSettings.Mode.CLUSTER;
        String channel = connection.keys().retainedBell();
        bell = utf8(channel);
        for (int i = 0; i < SHARDS; i++) {
            shards[i] = new RetainedShard(i, connection, listeners, bell);
        }
        topic = connection.redisson().getTopic(channel, ByteArrayCodec.INSTANCE);
        topic.addListenerAsync(byte[].class, (name, feed) -> ring(feed));
        polling = connection
                .executor()
                .scheduleWithFixedDelay(
                        this::pollAll, POLL_PERIOD.toMillis(), POLL_PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public CompletionStage<Boolean> retain(Message message) {
        if (message.payloadLength() > limits.maxMessageBytes()) {
            return CompletableFuture.completedFuture(false);
        }
        RetainedShard shard = shardOf(message.topic());
        byte[] name = utf8(message.topic());
        byte[] entry = MessageCodec.encode(message);
        boolean expires = message.expiresAtMillis() != Message.NEVER;
        return shard.callTellingLateness(
                        Script.RETAIN,
                        reply -> {
                            reply.status();
                            return reply.number() == 1;
                        },
                        bell,
                        name,
                        entry,
                        expires ? Arguments.ascii(message.expiresAtMillis()) : NONE)
                .thenCompose(isNew -> isNew ? isWithinLimit() : CompletableFuture.completedFuture(true))
                .thenCompose(kept -> kept
                        ? CompletableFuture.completedFuture(true)
                        : unretain(shard, message.topic(), entry, message.arrivedAtMillis())
                                .thenApply(nothing -> false));
    }

    @Override
    public CompletionStage<Void> clear(String topicName, long arrivedAtMillis) {
        return unretain(shardOf(topicName), topicName, NONE, arrivedAtMillis);
    }

    private CompletableFuture<Void> unretain(RetainedShard shard, String topicName, byte[] only, long arrivedAtMillis) {
        return shard.callTellingLateness(
                Script.UNRETAIN, reply -> null, bell, utf8(topicName), only, Arguments.ascii(arrivedAtMillis));
    }

    @Override
    public CompletionStage<List<Message>> find(List<String> topics) {
        Map<RetainedShard, List<byte[]>> byShard = new HashMap<>();
        for (String name : topics) {
            byShard.computeIfAbsent(shardOf(name), shard -> new ArrayList<>()).add(utf8(name));
        }
        CompletableFuture<List<Message>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (Map.Entry<RetainedShard, List<byte[]>> one : byShard.entrySet()) {
            List<byte[]> names = one.getValue();
            for (int from = 0; from < names.size(); from += MOST_TOPICS_A_CALL) {
                List<byte[]> some = names.subList(from, Math.min(names.size(), from + MOST_TOPICS_A_CALL));
                CompletableFuture<List<Message>> found = orIfAway(
                        one.getKey()
                                .call(Script.RETAINED_FIND, RedisRetainedStore::messages, some.toArray(new byte[0][])),
                        List.of());
                all = all.thenCombine(found, (before, more) -> {
                    before.addAll(more);
                    return before;
                });
            }
        }
        return all;
    }

    @Override
    public CompletionStage<TopicPage> topics(String cursor, int atMost) {
        int colon = cursor.indexOf(':');
        int shard = colon < 0 ? 0 : Integer.parseInt(cursor.substring(0, colon));
        String within = colon < 0 ? "0" : cursor.substring(colon + 1);
        TopicPage none = new TopicPage(List.of(), null);
        return orIfAway(shards[shard].topics(within, atMost), none).thenApply(page -> {
            String next = page.nextCursor();
            if (next != null) {
                return new TopicPage(page.topics(), shard + ":" + next);
            }
            return new TopicPage(page.topics(), shard + 1 == SHARDS ? null : shard + 1 + ":0");
        });
    }

    @Override
    public boolean isAway(String topicName) {
        return connection.isAway(RedisKeys.slot(Integer.toString(RedisKeys.slot(topicName) % SHARDS)));
    }

    @Override
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    /**
     * Brings the listeners up to date.
     *
     * @return done when they have heard of every change that was acknowledged anywhere before the call
     */
    public CompletionStage<Void> catchUp() {
        return isSharedOut ? pollAll() : news.run();
    }

    private CompletableFuture<Void> askForNews() {
        List<Object> feeds = new ArrayList<>(SHARDS);
        byte[][] told = new byte[SHARDS][];
        for (int i = 0; i < SHARDS; i++) {
            feeds.add(shards[i].feed());
            told[i] = Arguments.ascii(shards[i].toldId());
        }
        ScriptCall<List<Integer>> asked =
                new ScriptCall<>(Script.RETAINED_NEWS, 0, feeds, RedisRetainedStore::numbers, told);
        return connection
                .call(asked)
                .thenCompose(changed -> CompletableFuture.allOf(
                        changed.stream().map(number -> shards[number].poll()).toArray(CompletableFuture<?>[]::new)))
                .exceptionallyCompose(failure -> {
                    if (!Failure.isOfSeveralSlots(failure)) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    isSharedOut = true; // the single server of the settings is a node, or a proxy, of a cluster
                    return pollAll();
                });
    }

    private static List<Integer> numbers(Reply reply) {
        reply.status();
        List<Integer> numbers = new ArrayList<>(reply.remaining());
        while (reply.hasNext()) {
            numbers.add((int) reply.number());
        }
        return numbers;
    }

    private CompletableFuture<Void> pollAll() {
        CompletableFuture<?>[] polls = new CompletableFuture<?>[SHARDS];
        for (int i = 0; i < SHARDS; i++) {
            polls[i] = orIfAway(shards[i].poll().thenApply(nothing -> true), false);
        }
        return CompletableFuture.allOf(polls);
    }

    /** Answers something else if the part of a cluster with a shard is away, so that it does not hold up the other shards. */
    private static <T> CompletableFuture<T> orIfAway(CompletableFuture<T> stage, T otherwise) {
        return stage.exceptionallyCompose(failure -> Failure.isPartAway(failure)
                ? CompletableFuture.completedFuture(otherwise)
                : CompletableFuture.failedFuture(failure));
    }

    @Override
    public void close() {
        polling.cancel(false);
        topic.removeAllListenersAsync();
        listeners.clear();
    }

    /** Counts all messages, which also removes expired ones. Only a new topic has to wait for it. */
    private CompletableFuture<Boolean> isWithinLimit() {
        return pollAll().thenApply(nothing -> {
            int count = 0;
            for (RetainedShard shard : shards) {
                count += shard.count();
            }
            return count <= limits.maxMessages();
        });
    }

    private void ring(byte[] feed) {
        String name = new String(feed, StandardCharsets.UTF_8);
        int brace = name.lastIndexOf('{');
        shards[Integer.parseInt(name.substring(brace + 1, name.length() - 1))].poll();
    }

    private RetainedShard shardOf(String topicName) {
        return shards[RedisKeys.slot(topicName) % SHARDS];
    }

    private static List<Message> messages(Reply reply) {
        reply.status();
        List<Message> messages = new ArrayList<>(reply.remaining());
        while (reply.hasNext()) {
            messages.add(MessageCodec.decode(reply.bytes(), 0));
        }
        return messages;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
