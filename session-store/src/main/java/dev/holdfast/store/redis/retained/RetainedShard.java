// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import dev.holdfast.store.RetainedStore.Listener;
import dev.holdfast.store.RetainedStore.TopicPage;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Follows the changes of one shard. Polls run one at a time, so that the listeners hear changes in order. If the feed does not have
 * the next changes any more (it was trimmed, or Redis has lost data), all topics of the shard are read instead. Any thread.
 */
final class RetainedShard {
    private static final int MOST_CHANGES = 500;
    private static final int PAGE = 500;
    /** Half of the TTL of a feed: if the last poll is younger, a feed that begins anew has lost nothing. */
    private static final long FRESH_NANOS = 30L * 60 * 1_000_000_000;

    private final int number;
    private final RedisConnection connection;
    private final List<Listener> listeners;
    private final byte[] bell;

    private final OneAtATime polls = new OneAtATime(this::follow);

    // of the thread of the poll that runs
    private long lastId;
    private boolean follows;
    private boolean missesSome;
    private long polledAtNanos;
    private volatile long toldId;
    private volatile int count;

    RetainedShard(int number, RedisConnection connection, List<Listener> listeners, byte[] bell) {
        this.number = number;
        this.connection = connection;
        this.listeners = listeners;
        this.bell = bell;
        // Begins a little earlier than now: a change may be told twice, but none is missed.
        lastId = (connection.nowMillis() - 20) * 1_000;
        toldId = lastId;
        polledAtNanos = System.nanoTime();
    }

    /** How many topics there were at the last poll. */
    int count() {
        return count;
    }

    /** Polls the feed. Completes when the listeners have heard of all changes that were in it at the call. */
    CompletableFuture<Void> poll() {
        return polls.run();
    }

    /** The id of the last change in {@link #feed} of which the listeners have heard. */
    long toldId() {
        return toldId;
    }

    /** The key of the feed of changes. */
    String feed() {
        return connection.keys().retainedFeed(number);
    }

    CompletableFuture<TopicPage> topics(String cursor, int count) {
        return call(
                Script.RETAINED_TOPICS,
                reply -> {
                    reply.status();
                    String following = reply.text();
                    List<String> topics = new ArrayList<>(reply.remaining());
                    while (reply.hasNext()) {
                        topics.add(reply.text());
                    }
                    return new TopicPage(topics, "0".equals(following) ? null : following);
                },
                cursor.getBytes(StandardCharsets.US_ASCII),
                Arguments.ascii(count));
    }

    /** Calls a script; fails at once while the shard is away. */
    <T> CompletableFuture<T> call(Script script, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(new ScriptCall<>(script, slot(), keys(), decoder, values).ifServed());
    }

    /** Calls a script that is told whether the call is late or repeated. */
    <T> CompletableFuture<T> callTellingLateness(Script script, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(ScriptCall.tellingLateness(script, slot(), keys(), decoder, values));
    }

    private int slot() {
        return RedisKeys.slot(Integer.toString(number));
    }

    private List<Object> keys() {
        RedisKeys names = connection.keys();
        return List.of(names.retained(number), names.retainedExpiry(number), names.retainedFeed(number));
    }

    private CompletableFuture<Void> follow() {
        return pollOnce().thenRun(() -> toldId = lastId);
    }

    private CompletableFuture<Void> pollOnce() {
        return call(Script.RETAINED_POLL, this::heard, bell, Arguments.ascii(lastId), Arguments.ascii(MOST_CHANGES))
                .thenCompose(outcome -> switch (outcome) {
                    case MORE -> pollOnce();
                    case GAP -> walk("0").thenRun(() -> missesSome = false);
                    case UP_TO_DATE -> CompletableFuture.completedFuture(null);
                });
    }

    /** What a poll has found. */
    private enum PollResult {
        UP_TO_DATE,
        MORE,
        GAP
    }

    private PollResult heard(Reply reply) {
        reply.status();
        count = (int) reply.number();
        boolean isFresh = System.nanoTime() - polledAtNanos < FRESH_NANOS;
        polledAtNanos = System.nanoTime();
        int changes = 0;
        while (reply.hasNext()) {
            long id = reply.number();
            String before = reply.text();
            boolean gained = "+".equals(reply.text());
            String topic = reply.text();
            missesSome |= follows && !before.equals(Long.toString(lastId)) && !(before.isEmpty() && isFresh);
            lastId = id;
            follows = true;
            changes++;
            for (Listener listener : listeners) {
                if (gained) {
                    listener.retained(topic);
                } else {
                    listener.cleared(topic);
                }
            }
        }
        return missesSome ? PollResult.GAP : changes == MOST_CHANGES ? PollResult.MORE : PollResult.UP_TO_DATE;
    }

    /** Tells the listeners of every topic. A topic that has lost its message is not told: a search for it finds none. */
    private CompletableFuture<Void> walk(String cursor) {
        return topics(cursor, PAGE).thenCompose(page -> {
            for (String topic : page.topics()) {
                listeners.forEach(listener -> listener.retained(topic));
            }
            String following = page.nextCursor();
            return following == null ? CompletableFuture.completedFuture(null) : walk(following);
        });
    }
}
