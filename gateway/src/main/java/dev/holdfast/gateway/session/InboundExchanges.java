// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;
import dev.holdfast.store.SessionRef;
import dev.holdfast.store.SessionStore;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
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
    private @Nullable Map<Integer, Message> held;
    private final Set<Integer> resumed;
    /** How many have been asked for and are not being distributed yet. */
    private int taking;

    private InboundExchanges(@Nullable SessionStore store, @Nullable SessionRef ref, Set<Integer> resumed) {
        this.store = store;
        this.ref = ref;
        this.resumed = resumed;
    }

    static InboundExchanges inMemory() {
        return new InboundExchanges(null, null, Set.of());
    }

    static InboundExchanges inStore(SessionStore store, SessionRef ref, Collection<Integer> packetIds) {
        return new InboundExchanges(store, ref, packetIds.isEmpty() ? Set.of() : new HashSet<>(packetIds));
    }

    /** How many packet identifiers are held, those of earlier connections included. */
    public int size() {
        return begunHere() + resumed.size();
    }

    /** How many packet identifiers this connection has brought. */
    public int begunHere() {
        return held == null ? 0 : held.size();
    }

    /** Whether this packet identifier holds a message: a PUBLISH with it is a repeat [MQTT-4.3.3-10]. */
    public boolean holds(int packetId) {
        return (held != null && held.containsKey(packetId)) || resumed.contains(packetId);
    }

    /** Whether the message under this packet identifier may have been distributed before, by another connection. */
    public boolean mayHaveBeenDistributed(int packetId) {
        return resumed.contains(packetId);
    }

    /** Keeps a message; PUBREC may leave when the stage completes. */
    public CompletableFuture<?> hold(int packetId, Message message) {
        Map<Integer, Message> messages = held;
        if (messages == null) {
            messages = new HashMap<>();
            held = messages;
        }
        messages.put(packetId, message);
        return store == null || ref == null
                ? DONE
                : store.holdInbound(ref, packetId, message).toCompletableFuture();
    }

    /** The packet identifiers that are held. */
    Set<Integer> packetIds() {
        Set<Integer> all = new HashSet<>(resumed);
        if (held != null) {
            all.addAll(held.keySet());
        }
        return all;
    }

    /** Has the store keep again what it may have lost; what it has is left alone. */
    void holdAgain() {
        SessionStore keeper = store;
        SessionRef owner = ref;
        if (held != null && keeper != null && owner != null) {
            held.forEach((packetId, message) -> keeper.holdInbound(owner, packetId, message));
        }
    }

    /**
     * The message under a packet identifier, to be distributed now; null if there is none. {@link #taken} is to follow
     * when it is. While an earlier one is being fetched a later one is fetched, too, though it is known here: they are
     * distributed in the order of their PUBRELs.
     */
    public CompletableFuture<@Nullable Message> take(int packetId) {
        Message known = held == null ? null : held.get(packetId);
        boolean inTurn = taking++ == 0;
        if (store == null || ref == null || (inTurn && !resumed.contains(packetId))) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<@Nullable Message> fetched =
                store.takeInbound(ref, packetId).toCompletableFuture();
        return known == null ? fetched : fetched.thenApply(same -> known);
    }

    /** What was asked for with {@link #take} is being distributed. */
    public void taken() {
        taking--;
    }

    /** Forgets a packet identifier after its message has been distributed; PUBCOMP may leave when this completes. */
    public CompletableFuture<@Nullable Void> drop(int packetId) {
        if (held != null && held.remove(packetId) != null && held.isEmpty()) {
            held = null;
        }
        if (!resumed.isEmpty()) {
            resumed.remove(packetId);
        }
        return store == null || ref == null
                ? DONE
                : store.dropInbound(ref, packetId).toCompletableFuture();
    }
}
