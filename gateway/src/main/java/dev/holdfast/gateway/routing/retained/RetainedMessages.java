// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.topic.TopicTree;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.Subscription;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages as this gateway sees them: an index of their topic names in memory, the messages in the store
 * (MQTT 5.0 section 3.3.1.3). Safe on any thread.
 */
public final class RetainedMessages {
    /** How many seconds a subscriber waits at most for a retained message that the store has not answered for. */
    private static final long MOST_SECONDS = 3;

    /** What one node of the index costs, in bytes. */
    private static final int NODE_BYTES = 64;
    /** What the string of a topic name costs beside its characters, in bytes, where only the index has it. */
    private static final int NAME_BYTES = 56;

    private static final CompletableFuture<?> NONE_UNDER_WAY = CompletableFuture.completedFuture(true);

    private final RetainedStore store;
    private final TopicTree index = new TopicTree();
    private final int mostPerSubscribe;
    private final Metrics metrics;
    private final @Nullable Supplier<CompletionStage<Void>> catchUp;
    private final Fence fence;
    private final HeldPart held;
    private final PageMemory pages;
    /** Retained messages published here that are not in the store yet, or not with all who are to have them. */
    private final Map<Object, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();

    /**
     * The retained messages of a store; begins to follow its changes at once.
     *
     * @param mostPerSubscribe how many one SUBSCRIBE brings at the most; 0 for all of them, at the client's own pace
     * @param catchUp done when every change that was acknowledged at another gateway before is known here; null if
     *     there are no other gateways
     * @param threads all I/O threads
     * @param memory the account of what is held for clients
     */
    public RetainedMessages(
            RetainedStore store,
            int mostPerSubscribe,
            @Nullable Supplier<CompletionStage<Void>> catchUp,
            List<? extends SessionThread> threads,
            Neighbours neighbours,
            Metrics metrics,
            HeldMemory memory) {
        this.held = new HeldPart(memory, HeldMemory.Kind.RETAINED);
        this.pages = new PageMemory(memory, catchUp != null);
        this.store = store;
        this.mostPerSubscribe = mostPerSubscribe;
        this.catchUp = catchUp;
        this.metrics = metrics;
        this.fence = new Fence(threads, neighbours, this::underWay);
        store.onChange(new RetainedStore.Listener() {
            @Override
            public void retained(String topic) {
                known(topic);
            }

            @Override
            public void cleared(String topic) {
                if (index.remove(topic)) {
                    held.add(-bytesOf(topic));
                }
            }
        });
    }

    private void known(String topic) {
        if (index.add(topic)) {
            held.add(bytesOf(topic));
        }
    }

    /** What a topic costs here: beside an embedded store, which has the messages, no more than its node. */
    private int bytesOf(String topic) {
        return NODE_BYTES + (catchUp == null ? 0 : NAME_BYTES + topic.length());
    }

    /** Gives back what is held for all of them: the gateway ends. */
    public void letGo() {
        held.letGo();
        pages.letGo();
    }

    /**
     * Done when {@link #replay} finds what was acknowledged anywhere before this call, and what has been delivered here
     * to those who subscribed earlier: a new subscriber gets one or the other.
     */
    public CompletableFuture<?> settled() {
        CompletableFuture<?> elsewhere = catchUp == null
                ? CompletableFuture.completedFuture(null)
                : catchUp.get().toCompletableFuture();
        return underWay.isEmpty() ? elsewhere : elsewhere.thenCombine(underWay(), (known, answered) -> answered);
    }

    /**
     * Done when the retained messages that have been published here before are in the store, and on their way to all who
     * are to have them.
     */
    public CompletableFuture<?> left() {
        return fence.left();
    }

    private CompletableFuture<?> underWay() {
        return underWay.isEmpty()
                ? NONE_UNDER_WAY
                : CompletableFuture.allOf(underWay.values().toArray(CompletableFuture[]::new))
                        .handle((nothing, notKept) -> true);
    }

    /** Notes what becomes of a retained message until that is known. */
    public void underWay(Message message, CompletableFuture<?> published) {
        if (!published.isDone() && !store.isAway(message.topic())) {
            // What waits for its part of the store holds up no subscriber.
            CompletableFuture<?> answered = published
                    .handle((answer, failure) -> true)
                    .completeOnTimeout(false, MOST_SECONDS, TimeUnit.SECONDS);
            Object change = new Object();
            underWay.put(change, answered);
            answered.whenComplete((answer, failure) -> underWay.remove(change));
        }
    }

    /** Loads the topic names that the store had before this gateway started. */
    public CompletableFuture<?> load() {
        return load("");
    }

    private CompletableFuture<?> load(String cursor) {
        return store.topics(cursor, 1024).toCompletableFuture().thenCompose(page -> {
            page.topics().forEach(this::known);
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
    public CompletableFuture<Boolean> keep(Message message) {
        CompletableFuture<Boolean> kept = store(message);
        underWay(message, kept);
        return kept;
    }

    private CompletableFuture<Boolean> store(Message message) {
        if (message.payloadLength() == 0) {
            return store.clear(message.topic(), message.arrivedAtMillis())
                    .toCompletableFuture()
                    .thenApply(cleared -> true);
        }
        int more = catchUp == null || index.contains(message.topic()) ? 0 : bytesOf(message.topic());
        if (more > 0 && !held.hasRoom(more)) {
            held.refused(); // an embedded store says so itself
            metrics.refused(Refused.RETAINED);
            return CompletableFuture.completedFuture(false);
        }
        return store.retain(message).toCompletableFuture().thenApply(kept -> {
            if (!kept) {
                metrics.refused(Refused.RETAINED);
            }
            return kept;
        });
    }

    /**
     * Sends a session the retained messages that match what one SUBSCRIBE has brought, at the pace it takes them. Which
     * match is found when the turn of a filter comes, a page of them at a time, so that what waits costs little however much
     * it is.
     *
     * @param debtor pays for the search
     */
    public void replay(Session session, List<Subscription> subscriptions, Debtor debtor) {
        if (index.size() == 0 || subscriptions.isEmpty()) {
            return;
        }
        RetainedReplay replay = session.outbound().source() instanceof RetainedReplay present
                ? present
                : new RetainedReplay(store, metrics, session, fence, index::contains, debtor, pages);
        RetainedAllowance allowance = new RetainedAllowance(
                mostPerSubscribe > 0 ? mostPerSubscribe : Integer.MAX_VALUE,
                () -> metrics.refused(Refused.RETAINED_PER_SUBSCRIBE));
        for (Subscription subscription : subscriptions) {
            replay.add(subscription, () -> new RetainedTopics.OfFilter(index.search(subscription.filter()), allowance));
        }
        session.outbound().source(replay);
    }

    /**
     * The topics that match a filter and come next behind one, in the order of characters. Any thread but an I/O thread: there may
     * be many.
     *
     * @param after empty for the first page
     */
    public List<String> topics(String filter, String after, int atMost) {
        PriorityQueue<String> lowest = new PriorityQueue<>(Comparator.reverseOrder());
        index.match(filter, topic -> {
            if (topic.compareTo(after) > 0 && (lowest.size() < atMost || topic.compareTo(lowest.element()) < 0)) {
                lowest.add(topic);
                if (lowest.size() > atMost) {
                    lowest.remove();
                }
            }
            return true;
        });
        return lowest.stream().sorted().toList();
    }

    /** The retained messages of topics; those that have none are left out. */
    public CompletionStage<List<Message>> find(List<String> topics) {
        return store.find(topics);
    }

    /** Removes the retained message of a topic, unless it is newer. */
    public CompletionStage<Void> clear(String topic, long nowMillis) {
        return store.clear(topic, nowMillis);
    }

    /** How many topics have a retained message. */
    public int size() {
        return index.size();
    }
}
