// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * QoS 2 messages received and not yet released: kept under their packet identifier from PUBLISH to PUBREL, in the
 * store for a kept session (MQTT 5.0 section 4.3.3). On the session's thread.
 */
public final class InboundExchanges {
    private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

    private final @Nullable SessionStore store;
    private final @Nullable SessionRef ref;
    private final @Nullable SessionThread thread;
    private final HeldMemory memory;
    private boolean hasLetGo;
    private @Nullable Map<Integer, Message> held;
    /** The sum of their sizes. */
    private long heldBytes;

    private final Set<Integer> resumed;
    /** Those of the resumed ones for which this connection has brought neither PUBLISH nor PUBREL. */
    private final Set<Integer> untouched;
    /** How many have been asked for and are not being distributed yet. */
    private int taking;
    /** Those of them that the store has been asked for, in the order of their PUBRELs. */
    private @Nullable ArrayDeque<Fetch> fetches;

    /**
     * A message that is fetched from the store.
     *
     * @param stored the store's answer; answers may come crosswise, from a Redis that is just being met again
     * @param inTurn the same, after all that were asked for before
     */
    private record Fetch(CompletableFuture<@Nullable Message> stored, CompletableFuture<@Nullable Message> inTurn) {}

    private InboundExchanges(
            @Nullable SessionStore store,
            @Nullable SessionRef ref,
            @Nullable SessionThread thread,
            HeldMemory memory,
            Collection<Integer> packetIds) {
        this.store = store;
        this.ref = ref;
        this.thread = thread;
        this.memory = memory;
        resumed = packetIds.isEmpty() ? Set.of() : new HashSet<>(packetIds);
        untouched = packetIds.isEmpty() ? Set.of() : new HashSet<>(packetIds);
    }

    static InboundExchanges inMemory(HeldMemory memory) {
        return new InboundExchanges(null, null, null, memory, List.of());
    }

    static InboundExchanges inStore(
            SessionStore store,
            SessionRef ref,
            SessionThread thread,
            HeldMemory memory,
            Collection<Integer> packetIds) {
        return new InboundExchanges(store, ref, thread, memory, packetIds);
    }

    /** How many packet identifiers are held, those of earlier connections included. */
    public int size() {
        return begunHere() + resumed.size();
    }

    /** How many packet identifiers this connection has brought. */
    public int begunHere() {
        return held == null ? 0 : held.size();
    }

    /** What the messages take in memory that this connection has brought, in bytes. */
    public long heldBytes() {
        return heldBytes;
    }

    /**
     * Whether this packet identifier holds a message: a PUBLISH with it is a repeat [MQTT-4.3.3-10], unless the message is
     * {@link #isUntouched untouched}.
     */
    public boolean holds(int packetId) {
        return (held != null && held.containsKey(packetId)) || resumed.contains(packetId);
    }

    /**
     * Whether an earlier connection has brought what this packet identifier holds, and this one has brought neither PUBLISH
     * nor PUBREL for it. A client that has forgotten its exchanges, against [MQTT-4.1.0-1], may use it for another message.
     */
    public boolean isUntouched(int packetId) {
        return untouched.contains(packetId);
    }

    /**
     * The first PUBLISH of this connection with a packet identifier that is {@link #isUntouched untouched}: it is a repeat if
     * its topic and payload are those of the held message, whatever its DUP flag says. Otherwise it is a new message, and the
     * old one is forgotten: nobody can release it any more.
     *
     * @param isToBeKept whether the message is kept if it is a new one
     * @return whether it is a repeat, on the session's thread; PUBREC may leave then
     */
    public CompletableFuture<Boolean> takeUp(int packetId, Message message, boolean isToBeKept) {
        untouched.remove(packetId);
        if (store == null || ref == null || thread == null) {
            throw new IllegalStateException("nothing is resumed without a store");
        }
        CompletableFuture<Boolean> isRepeat =
                store.dropOtherInbound(ref, packetId, message).toCompletableFuture();
        CompletableFuture<?> kept =
                isToBeKept ? store.holdInbound(ref, packetId, message).toCompletableFuture() : DONE;
        return isRepeat.thenCombine(kept, (repeat, nothing) -> repeat)
                .thenApplyAsync(
                        repeat -> {
                            if (!repeat && resumed.remove(packetId) && isToBeKept) {
                                keep(packetId, message);
                            }
                            return repeat;
                        },
                        thread);
    }

    /** Whether the message under this packet identifier may have been distributed before, by another connection. */
    public boolean mayHaveBeenDistributed(int packetId) {
        return resumed.contains(packetId);
    }

    /** Keeps a message; PUBREC may leave when the stage completes. */
    public CompletableFuture<?> hold(int packetId, Message message) {
        keep(packetId, message);
        return store == null || ref == null
                ? DONE
                : store.holdInbound(ref, packetId, message).toCompletableFuture();
    }

    private void keep(int packetId, Message message) {
        if (hasLetGo) {
            return;
        }
        message.hold(memory, HeldMemory.Kind.QOS2_HELD);
        Map<Integer, Message> messages = held;
        if (messages == null) {
            messages = new HashMap<>();
            held = messages;
        }
        Message before = messages.put(packetId, message);
        heldBytes += message.size();
        if (before != null) {
            letGo(before);
        }
    }

    private void letGo(Message message) {
        heldBytes -= message.size();
        message.letGo(memory);
    }

    /** Gives back what it holds in memory: the connection has left the session. */
    void letGo() {
        hasLetGo = true;
        Map<Integer, Message> messages = held;
        held = null;
        if (messages != null) {
            messages.values().forEach(this::letGo);
        }
    }

    /** The packet identifiers that are held. */
    Set<Integer> packetIds() {
        Set<Integer> all = new HashSet<>(resumed);
        if (held != null) {
            all.addAll(held.keySet());
        }
        return all;
    }

    /**
     * Has the store keep again what it may have lost. What an older store brings back under such an identifier is forgotten, unless
     * it is the same: its exchange has ended, and the client that resumes this one would release the old message.
     */
    void holdAgain() {
        SessionStore keeper = store;
        SessionRef owner = ref;
        if (held != null && keeper != null && owner != null) {
            held.forEach((packetId, message) -> {
                keeper.dropOtherInbound(owner, packetId, message);
                keeper.holdInbound(owner, packetId, message);
            });
        }
    }

    /**
     * The message under a packet identifier, to be distributed now; null if there is none. {@link #taken} is to follow
     * when it is. They come in the order of the calls, which is that of the PUBRELs [MQTT-4.6.0-4]: one that is known
     * here waits for those before it that are being fetched.
     */
    public CompletableFuture<@Nullable Message> take(int packetId) {
        Message known = held == null ? null : held.get(packetId);
        if (!untouched.isEmpty()) {
            untouched.remove(packetId);
        }
        boolean isFirst = taking++ == 0;
        if (store == null || ref == null || thread == null || (isFirst && !resumed.contains(packetId))) {
            return CompletableFuture.completedFuture(known);
        }
        Fetch fetch = new Fetch(
                known == null
                        ? store.takeInbound(ref, packetId).toCompletableFuture()
                        : CompletableFuture.completedFuture(known),
                new CompletableFuture<>());
        ArrayDeque<Fetch> waiting = fetches;
        if (waiting == null) {
            waiting = new ArrayDeque<>();
            fetches = waiting;
        }
        waiting.add(fetch);
        fetch.stored().whenCompleteAsync((message, failure) -> handOut(), thread);
        return fetch.inTurn();
    }

    private void handOut() {
        ArrayDeque<Fetch> waiting = fetches;
        while (waiting != null
                && !waiting.isEmpty()
                && waiting.element().stored().isDone()) {
            Fetch next = waiting.remove();
            next.stored().whenComplete((message, failure) -> {
                if (failure == null) {
                    next.inTurn().complete(message);
                } else {
                    next.inTurn().completeExceptionally(failure);
                }
            });
        }
    }

    /** What was asked for with {@link #take} is being distributed. */
    public void taken() {
        taking--;
    }

    /** Forgets a packet identifier after its message has been distributed; PUBCOMP may leave when this completes. */
    public CompletableFuture<@Nullable Void> drop(int packetId) {
        Map<Integer, Message> messages = held;
        Message dropped = messages == null ? null : messages.remove(packetId);
        if (messages != null && dropped != null) {
            letGo(dropped);
            if (messages.isEmpty()) {
                held = null;
            }
        }
        if (!resumed.isEmpty()) {
            resumed.remove(packetId);
            untouched.remove(packetId);
        }
        return store == null || ref == null
                ? DONE
                : store.dropInbound(ref, packetId).toCompletableFuture();
    }
}
