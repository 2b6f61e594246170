// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.session.connection.SessionThread;
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
 * The QoS 2 messages that a client has sent and not released: each is kept under its packet identifier from PUBLISH to
 * PUBREL, for a kept session in the store too (MQTT 5.0 section 4.3.3). On the session's thread.
 */
public final class InboundExchanges {
    private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

    private final @Nullable SessionStore store;
    private final @Nullable SessionRef ref;
    private final @Nullable SessionThread thread;
    private final HeldMemory memory;
    private boolean hasLetGo;
    private @Nullable Map<Integer, Message> held;
    /** The sum of the sizes of the messages in {@code held}. */
    private long heldBytes;

    /** Packet identifiers of messages that earlier connections have brought and that only the store has. */
    private final Set<Integer> resumed;
    /** The resumed identifiers for which this connection has brought neither PUBLISH nor PUBREL. */
    private final Set<Integer> untouched;
    /** How many messages have been asked for with {@link #take} and are not being distributed yet. */
    private int taking;
    /** The messages that the store has been asked for, in the order of their PUBRELs; null while there is none. */
    private @Nullable ArrayDeque<Fetch> fetches;

    /**
     * A message that is being fetched from the store.
     *
     * @param stored the store's answer; a Redis that has just come back may answer a later call first
     * @param inTurn the same answer, after those of all earlier fetches
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

    /** How many packet identifiers hold a message, those of earlier connections included. */
    public int size() {
        return begunHere() + resumed.size();
    }

    /** How many messages this connection has brought. */
    public int begunHere() {
        return held == null ? 0 : held.size();
    }

    /** The sum of the sizes of the messages that this connection has brought, in bytes. */
    public long heldBytes() {
        return heldBytes;
    }

    /**
     * Whether this packet identifier holds a message. Then a PUBLISH with the identifier is a repeat [MQTT-4.3.3-10], unless
     * the message is {@link #isUntouched untouched}.
     */
    public boolean holds(int packetId) {
        return (held != null && held.containsKey(packetId)) || resumed.contains(packetId);
    }

    /**
     * Whether an earlier connection has brought the message under this packet identifier, and this connection has brought
     * neither PUBLISH nor PUBREL for it. A client that has forgotten its exchanges, against [MQTT-4.1.0-1], may use the
     * identifier for another message.
     */
    public boolean isUntouched(int packetId) {
        return untouched.contains(packetId);
    }

    /**
     * Takes the first PUBLISH of this connection with an {@link #isUntouched untouched} packet identifier. It is a repeat if
     * its topic and payload are those of the held message, whatever its DUP flag says. Otherwise it is a new message, and the
     * old message is forgotten: its client can release it no more.
     *
     * @param isToBeKept whether a new message is kept
     * @return whether the PUBLISH is a repeat, completed on the session's thread; PUBREC may leave then
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

    /** Keeps a message under its packet identifier. PUBREC may leave when the future completes. */
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

    /** Gives back what is held in memory: the connection has left the session. */
    void letGo() {
        hasLetGo = true;
        Map<Integer, Message> messages = held;
        held = null;
        if (messages != null) {
            messages.values().forEach(this::letGo);
        }
    }

    /** The packet identifiers that hold a message. */
    Set<Integer> packetIds() {
        Set<Integer> all = new HashSet<>(resumed);
        if (held != null) {
            all.addAll(held.keySet());
        }
        return all;
    }

    /**
     * Has the store keep again every message that it may have lost. A store that has gone back to an older state may have
     * another message under the same identifier: that one is forgotten, since its exchange has ended, and the client would
     * release it in place of its own message.
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
     * The message under a packet identifier, to be distributed now; null if there is none. {@link #taken} follows when the
     * distribution begins. Messages come in the order of the calls, which is that of the PUBRELs [MQTT-4.6.0-4]: a message
     * that is known here waits for earlier ones that are being fetched.
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

    /** A message that was asked for with {@link #take} is being distributed. */
    public void taken() {
        taking--;
    }

    /** Forgets a packet identifier whose message has been distributed. PUBCOMP may leave when the future completes. */
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
