// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All retained messages inside this process. Safe for any number of threads; every stage is complete when its method
 * returns. Listeners hear the changes of one topic in the order in which they happened.
 *
 * <p>An expired message is never found. It leaves, and the listeners hear of it, when somebody looks for it, or at one
 * of the next retain calls, each of which removes a few: there is no thread for it.
 */
public final class MemoryRetainedStore implements RetainedStore {
    private static final int EXPIRED_A_CALL = 8;
    /** Its places in the map and in the schedule. */
    private static final int PLACE_BYTES = 120;
    /** A power of two. */
    private static final int STRIPES = 64;

    private final ConcurrentNavigableMap<String, Kept> kept = new ConcurrentSkipListMap<>();
    private final DueQueue<String> expiries = new DueQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    /** What makes a change of a topic and its telling one step; never held for anything else. */
    private final Object[] stripes = new Object[STRIPES];

    private final InstantSource clock;
    private final RetainedLimits limits;
    private final HeldMemory memory;
    private volatile boolean closed;

    private record Kept(Message message, @Nullable Scheduled<String> expiry) {}

    /** Makes an empty store with limits that takes the time of message expiry from the given clock. */
    public MemoryRetainedStore(InstantSource clock, RetainedLimits limits) {
        this(clock, limits, HeldMemory.UNCOUNTED);
    }

    /** The same, and charges what it keeps: where there is no room, a message is not kept. */
    public MemoryRetainedStore(InstantSource clock, RetainedLimits limits, HeldMemory memory) {
        this.memory = memory;
        this.clock = clock;
        this.limits = limits;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    @Override
    public CompletionStage<Boolean> retain(Message message) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        removeExpired(now);
        if (message.payloadLength() > limits.maxMessageBytes()) {
            return completedFuture(false);
        }
        synchronized (stripe(message.topic())) {
            Kept old = kept.get(message.topic());
            if (old == null && count.incrementAndGet() > limits.maxMessages()) {
                count.decrementAndGet();
                return completedFuture(false);
            }
            if (!hasRoomFor(message, old)) {
                memory.refused(HeldMemory.Kind.RETAINED);
                if (old == null) {
                    count.decrementAndGet();
                }
                return completedFuture(false);
            }
            charge(message, old);
            cancelExpiry(old);
            Scheduled<String> expiry = message.expiresAtMillis() == Message.NEVER
                    ? null
                    : expiries.add(message.expiresAtMillis(), message.topic());
            kept.put(message.topic(), new Kept(message, expiry));
            if (old == null) {
                listeners.forEach(listener -> listener.retained(message.topic()));
            }
        }
        return completedFuture(true);
    }

    private boolean hasRoomFor(Message message, @Nullable Kept old) {
        int more = message.heldBytes()
                + (old == null ? PLACE_BYTES : -old.message().heldBytes());
        return more <= 0 || memory.hasRoom(HeldMemory.Kind.RETAINED, more);
    }

    private void charge(Message message, @Nullable Kept old) {
        message.hold(memory, HeldMemory.Kind.RETAINED);
        if (old == null) {
            memory.add(HeldMemory.Kind.RETAINED, PLACE_BYTES);
        } else {
            old.message().letGo(memory);
        }
    }

    private void letGo(Kept gone) {
        gone.message().letGo(memory);
        memory.add(HeldMemory.Kind.RETAINED, -PLACE_BYTES);
    }

    @Override
    public CompletionStage<Void> clear(String topic, long arrivedAtMillis) {
        if (closed) {
            return refused();
        }
        remove(topic, Deadline.NEVER);
        return completedFuture(null);
    }

    @Override
    public CompletionStage<List<Message>> find(List<String> topics) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        List<Message> found = new ArrayList<>();
        for (String topic : topics) {
            Kept here = kept.get(topic);
            if (here != null && here.message().isExpired(now)) {
                remove(topic, now);
            } else if (here != null) {
                found.add(here.message());
            }
        }
        return completedFuture(found);
    }

    @Override
    public CompletionStage<TopicPage> topics(String cursor, int atMost) {
        if (closed) {
            return refused();
        }
        List<String> page = new ArrayList<>();
        for (String topic : kept.tailMap(cursor, false).keySet()) {
            if (page.size() == atMost) {
                return completedFuture(new TopicPage(page, page.get(page.size() - 1)));
            }
            page.add(topic);
        }
        return completedFuture(new TopicPage(page, null));
    }

    @Override
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        closed = true;
        listeners.clear();
        for (String topic : kept.keySet()) {
            synchronized (stripe(topic)) {
                Kept left = kept.remove(topic);
                if (left != null) {
                    letGo(left);
                }
            }
        }
    }

    private void removeExpired(long now) {
        for (int i = 0; i < EXPIRED_A_CALL; i++) {
            Scheduled<String> due = expiries.claim(now);
            if (due == null) {
                return;
            }
            remove(due.what(), now);
        }
    }

    /** Removes the message of a topic if it has expired by then; a clear gives the end of all time. */
    private void remove(String topic, long expiredBy) {
        synchronized (stripe(topic)) {
            Kept here = kept.get(topic);
            // Replaced in the meantime by one that lives on: not what was meant.
            if (here == null || !here.message().isExpired(expiredBy)) {
                return;
            }
            kept.remove(topic);
            letGo(here);
            count.decrementAndGet();
            cancelExpiry(here);
            listeners.forEach(listener -> listener.cleared(topic));
        }
    }

    private void cancelExpiry(@Nullable Kept old) {
        if (old != null && old.expiry() != null) {
            expiries.cancel(old.expiry());
        }
    }

    private Object stripe(String topic) {
        int hash = topic.hashCode();
        return stripes[(hash ^ (hash >>> 16)) & (STRIPES - 1)];
    }

    private static <T> CompletionStage<T> refused() {
        return failedFuture(new IllegalStateException("the retained store is closed"));
    }
}
