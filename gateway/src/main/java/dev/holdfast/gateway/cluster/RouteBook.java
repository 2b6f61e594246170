// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.store.SessionStore;
import dev.holdfast.store.SessionStore.Routed;
import dev.holdfast.store.SessionStore.SessionView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the other gateways' notes say about routes, and what the store says where a note leaves doubt, put into this
 * gateway's {@link Routes}. All of it on one thread; a session that is live here speaks for itself.
 */
final class RouteBook {
    private static final int PAGE = 500;

    private final SessionStore store;
    private final Sessions sessions;
    private final Routes routes;
    private final SessionThread thread;

    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<String, Map<String, Integer>> clean = new HashMap<>();
    private final Map<String, Map<String, Integer>> snapshots = new HashMap<>();
    private final Map<String, Check> checks = new HashMap<>();
    /** While the store's routes are read: sessions that notes have spoken of meanwhile, which a page may be behind of. */
    private @Nullable Set<String> spokenOf;

    /** A look at the store that is under way. */
    private static final class Check {
        private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        private boolean again;
    }

    RouteBook(SessionStore store, Sessions sessions, Routes routes, SessionThread thread) {
        this.store = store;
        this.sessions = sessions;
        this.routes = routes;
        this.thread = thread;
    }

    // ---- kept sessions

    void subscribed(Note.Subscribed note) {
        if (isInDoubt(note.clientId(), note.epoch())) {
            check(note.clientId());
            return;
        }
        SessionSlot slot = sessions.remember(note.clientId());
        if (slot != null && slot.live() == null) {
            slot.owner(note.from());
            routes.learn(slot, note.subscription());
        }
    }

    void unsubscribed(Note.Unsubscribed note) {
        if (isInDoubt(note.clientId(), note.epoch())) {
            check(note.clientId());
            return;
        }
        SessionSlot slot = sessions.find(note.clientId());
        if (slot != null && slot.isKept() && slot.live() == null) {
            routes.forget(slot, note.filter());
        }
    }

    void resumed(Note.Resumed note) {
        SessionSlot slot = sessions.find(note.clientId());
        if (slot != null && slot.live() == null) {
            slot.owner(note.from());
        }
    }

    /** A session has ended at this gateway's hands, which sees to its routes itself. */
    void ended(String clientId) {
        epochs.remove(clientId);
    }

    private boolean isInDoubt(String clientId, long epoch) {
        if (spokenOf != null) {
            spokenOf.add(clientId);
        }
        Check check = checks.get(clientId);
        if (check != null) {
            return true;
        }
        Long known = epochs.get(clientId);
        if (known != null && epoch < known) {
            return true;
        }
        epochs.put(clientId, epoch);
        return false;
    }

    /**
     * Brings one session's routes in line with the store; a further call while it looks has it look again.
     *
     * @return whether it had not been looking
     */
    boolean check(String clientId) {
        if (spokenOf != null) {
            spokenOf.add(clientId);
        }
        Check known = checks.get(clientId);
        if (known != null) {
            known.again = true;
            return false;
        }
        Check check = new Check();
        checks.put(clientId, check);
        look(clientId, check);
        return true;
    }

    private void look(String clientId, Check check) {
        check.again = false;
        store.find(clientId)
                .whenComplete((view, failure) -> thread.execute(() -> {
                    if (check.again) {
                        look(clientId, check);
                        return;
                    }
                    checks.remove(clientId);
                    if (failure == null) {
                        found(clientId, view);
                    }
                    check.done.complete(null);
                }));
    }

    private void found(String clientId, @Nullable SessionView view) {
        if (view == null) {
            sessions.doubt(clientId);
        }
        if (view == null || view.subscriptions().isEmpty()) {
            epochs.remove(clientId);
            SessionSlot gone = sessions.erased(clientId);
            if (gone != null) {
                routes.gone(gone);
            }
            return;
        }
        epochs.put(clientId, view.epoch());
        SessionSlot slot = sessions.remember(clientId);
        if (slot != null && slot.live() == null) {
            slot.owner(view.owner());
            routes.align(slot, view.subscriptions());
        }
    }

    /** Done when every look that is under way now is over. */
    CompletableFuture<?> checked() {
        if (checks.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.allOf(
                checks.values().stream().map(check -> check.done).toArray(CompletableFuture<?>[]::new));
    }

    // ---- loading

    /** Reads the subscriptions of all kept sessions; what is known and not there is checked. */
    CompletableFuture<?> load() {
        spokenOf = new HashSet<>();
        Set<String> seen = new HashSet<>();
        return load("", seen)
                .handleAsync(
                        (nothing, failure) -> {
                            Set<String> spoken = spokenOf == null ? Set.of() : spokenOf;
                            spokenOf = null;
                            if (failure != null) {
                                throw new IllegalStateException("the routes could not be read", failure);
                            }
                            spoken.forEach(this::check);
                            for (SessionSlot slot : sessions.keptAndAway()) {
                                if (!seen.contains(slot.clientId())) {
                                    check(slot.clientId());
                                }
                            }
                            return null;
                        },
                        thread)
                .thenComposeAsync(nothing -> checked(), thread);
    }

    private CompletableFuture<?> load(String cursor, Set<String> seen) {
        return store.routes(cursor, PAGE)
                .toCompletableFuture()
                .thenComposeAsync(
                        page -> {
                            page.sessions().forEach(routed -> loaded(routed, seen));
                            String next = page.nextCursor();
                            return next == null ? CompletableFuture.completedFuture(null) : load(next, seen);
                        },
                        thread);
    }

    private void loaded(Routed routed, Set<String> seen) {
        seen.add(routed.clientId());
        if (spokenOf != null && spokenOf.contains(routed.clientId())) {
            return;
        }
        SessionSlot slot = sessions.remember(routed.clientId());
        if (slot != null && slot.live() == null) {
            routes.align(slot, routed.subscriptions());
        }
    }

    // ---- clean sessions of others

    void clean(Note.Clean note) {
        Map<String, Integer> snapshot = snapshots.get(note.from());
        if (snapshot != null) {
            snapshot.put(note.filter(), note.count());
        }
        Map<String, Integer> known = clean.computeIfAbsent(note.from(), from -> new HashMap<>());
        if (note.count() > 0) {
            known.put(note.filter(), note.count());
        } else {
            known.remove(note.filter());
        }
        routes.elsewhere(note.from(), note.filter(), note.count());
    }

    void snapshotBegins(String gateway) {
        snapshots.put(gateway, new HashMap<>());
    }

    /** What was known of the gateway and is not in its snapshot was lost on the way when it ended. */
    void snapshotEnds(String gateway) {
        Map<String, Integer> snapshot = snapshots.remove(gateway);
        if (snapshot != null) {
            for (String filter :
                    List.copyOf(clean.getOrDefault(gateway, Map.of()).keySet())) {
                if (!snapshot.containsKey(filter)) {
                    clean(new Note.Clean(gateway, filter, 0));
                }
            }
        }
    }

    /** A gateway is dead: its clean sessions are too. */
    void departed(String gateway) {
        snapshots.remove(gateway);
        Map<String, Integer> known = clean.remove(gateway);
        if (known != null) {
            known.keySet().forEach(filter -> routes.elsewhere(gateway, filter, 0));
        }
    }
}
