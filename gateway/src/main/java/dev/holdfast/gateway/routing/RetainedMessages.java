// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.topic.TopicTree;
import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages as this gateway sees them: an index of their topic names in memory, the messages in the store
 * (MQTT 5.0 section 3.3.1.3). Safe on any thread.
 */
public final class RetainedMessages {
    /** A store that has not answered for so long may not for long. */
    private static final long MOST_SECONDS = 3;

    private final RetainedStore store;
    private final TopicTree index = new TopicTree();
    private final int mostPerSubscribe;
    private final Metrics metrics;
    private final @Nullable Supplier<CompletionStage<Void>> catchUp;
    /** Changes made here that the store has not answered. */
    private final Map<Object, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();

    /**
     * The retained messages of a store; begins to follow its changes at once.
     *
     * @param mostPerSubscribe how many one SUBSCRIBE brings at the most; 0 for all of them, at the client's own pace
     * @param catchUp done when every change that was acknowledged at another gateway before is known here; null if
     *     there are no other gateways
     */
    public RetainedMessages(
            RetainedStore store,
            int mostPerSubscribe,
            @Nullable Supplier<CompletionStage<Void>> catchUp,
            Metrics metrics) {
        this.store = store;
        this.mostPerSubscribe = mostPerSubscribe;
        this.catchUp = catchUp;
        this.metrics = metrics;
        store.onChange(new RetainedStore.Listener() {
            @Override
            public void retained(String topic) {
                index.add(topic);
            }

            @Override
            public void cleared(String topic) {
                index.remove(topic);
            }
        });
    }

    /**
     * Done when {@link #replay} finds what was acknowledged anywhere before this call, and what has been delivered here
     * to those who subscribed earlier: a new subscriber gets one or the other.
     */
    public CompletableFuture<?> settled() {
        CompletableFuture<?> elsewhere = catchUp == null
                ? CompletableFuture.completedFuture(null)
                : catchUp.get().toCompletableFuture();
        if (underWay.isEmpty()) {
            return elsewhere;
        }
        CompletableFuture<Boolean> here = CompletableFuture.allOf(
                        underWay.values().toArray(CompletableFuture[]::new))
                .handle((nothing, notKept) -> true);
        return elsewhere.thenCombine(here, (known, answered) -> answered);
    }

    /** Loads the topic names that the store had before this gateway started. */
    public CompletableFuture<?> load() {
        return load("");
    }

    private CompletableFuture<?> load(String cursor) {
        return store.topics(cursor, 1024).toCompletableFuture().thenCompose(page -> {
            page.topics().forEach(index::add);
            String next = page.nextCursor();
            return next == null ? CompletableFuture.completedFuture(null) : load(next);
        });
    }

    /**
     * Keeps a message that was published with RETAIN = 1 as its topic's retained message, or removes that if the
     * payload is empty [MQTT-3.3.1-5], [MQTT-3.3.1-6]. To be called before the message is delivered: see
     * {@link #settled}.
     *
     * @return false if it was not kept, since a limit is reached
     */
    CompletableFuture<Boolean> keep(Message message) {
        CompletableFuture<Boolean> kept = store(message);
        if (!kept.isDone() && !store.isAway(message.topic())) {
            // What waits for its part of the store holds up no subscriber.
            CompletableFuture<Boolean> answered = kept.copy().completeOnTimeout(false, MOST_SECONDS, TimeUnit.SECONDS);
            Object change = new Object();
            underWay.put(change, answered);
            answered.whenComplete((answer, failure) -> underWay.remove(change));
        }
        return kept;
    }

    private CompletableFuture<Boolean> store(Message message) {
        if (message.payloadLength() == 0) {
            return store.clear(message.topic(), message.arrivedAtMillis())
                    .toCompletableFuture()
                    .thenApply(cleared -> true);
        }
        return store.retain(message).toCompletableFuture().thenApply(kept -> {
            if (!kept) {
                metrics.refused("retained");
            }
            return kept;
        });
    }

    /**
     * Sends a session the retained messages that match what one SUBSCRIBE has brought, at the pace it takes them. Which
     * match is found when the turn of a filter comes, so that what waits costs little however much it is.
     */
    public void replay(Session session, List<Subscription> subscriptions) {
        if (index.size() == 0) {
            return;
        }
        AtomicInteger left = new AtomicInteger(mostPerSubscribe > 0 ? mostPerSubscribe : Integer.MAX_VALUE);
        for (Subscription subscription : subscriptions) {
            String filter = subscription.filter();
            session.addSource(
                    filter, new RetainedReplay(store, metrics, session, subscription, () -> matching(filter, left)));
        }
    }

    private List<String> matching(String filter, AtomicInteger left) {
        List<String> topics = new ArrayList<>();
        int atMost = left.get();
        index.match(filter, topic -> {
            if (topics.size() == atMost) {
                metrics.refused("retained_per_subscribe");
                return false;
            }
            topics.add(topic);
            return true;
        });
        left.addAndGet(-topics.size());
        return topics;
    }

    /** How many topics have a retained message. */
    public int size() {
        return index.size();
    }
}
