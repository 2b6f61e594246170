// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.RoutePage;
import dev.holdfast.store.session.SessionStore.Routed;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the other gateways' notes say about routes, and what the store says where a note leaves doubt, put into this
 * gateway's {@link Routes}. All of it on one thread; a session that is live here speaks for itself.
 */
final class RouteBook {
    private static final int PAGE = 500;
    /** Some hundred a second. */
    private static final int LOOKS_A_BEAT = 50;
    /** For so long a note may be on its way past others. */
    private static final Duration OUTRUN = Duration.ofSeconds(10);

    private final SessionStore store;
    private final Sessions sessions;
    private final Routes routes;
    private final SessionThread thread;

    /** Of the sessions that are known from others. */
    private final Map<String, Long> epochs = new HashMap<>();
    /** Sessions that are known no more, the longest forgotten first: what comes late is not to bring one back. */
    private final LinkedHashMap<String, Past> past = new LinkedHashMap<>();

    private final Map<String, Map<String, Integer>> clean = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Integer>> snapshots = new HashMap<>();
    private final Map<String, Check> checks = new HashMap<>();
    /** While the store's routes are read: sessions that notes have spoken of meanwhile, which a page may be behind of. */
    private @Nullable Set<String> spokenOf;
    /** What is to be loaded at the start, counted to its end once it is too much. */
    private final Fit fit = new Fit();

    private boolean hasLoaded;

    private static final class Fit {
        private long sessions;
        private long subscriptions;
        private long bytes;
        private boolean isTooMuch;
    }

    /** The last epoch of a session that is known no more, and whether it has ended. */
    private record Past(long epoch, boolean ended, long sinceNanos) {}

    /** Sessions whose end a gateway may have found, and died before it had told of it. */
    private final ArrayDeque<String> untold = new ArrayDeque<>();

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
        if (hasEnded(note.clientId(), note.epoch())) {
            return;
        }
        SessionSlot slot = slotOf(note.clientId(), note.born());
        if (slot != null && slot.live() == null) {
            epochs.put(note.clientId(), note.epoch());
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
        if (slot != null && slot.isKept() && slot.live() == null && slot.born() <= note.epoch()) {
            routes.forget(slot, note.filter());
            if (slot.subscriptionCount() == 0) {
                forget(note.clientId(), note.epoch());
            }
        }
    }

    void resumed(Note.Resumed note) {
        SessionSlot slot = sessions.find(note.clientId());
        if (slot != null && slot.live() == null && slot.born() <= note.epoch()) {
            Long known = epochs.get(note.clientId());
            if (known == null || known <= note.epoch()) {
                epochs.put(note.clientId(), note.epoch());
                slot.owner(note.from());
            }
        }
    }

    /** Its client is away: nobody is to be told what it gets, and a shared subscription gives to others first. */
    void left(Note.Left note) {
        SessionSlot slot = sessions.find(note.clientId());
        Long known = epochs.get(note.clientId());
        if (slot != null && note.from().equals(slot.owner()) && (known == null || known <= note.epoch())) {
            slot.owner(null);
        }
    }

    /** A session has ended, whoever has ended it: whatever began under that name up to that epoch. */
    void ended(String clientId, long epoch) {
        if (spokenOf != null) {
            spokenOf.add(clientId);
        }
        Long known = epochs.get(clientId);
        if (known != null && known <= epoch) {
            epochs.remove(clientId);
        }
        remember(clientId, epoch, true);
        SessionSlot gone = sessions.ended(clientId, epoch);
        if (gone != null) {
            routes.gone(gone);
        }
    }

    /** The slot of a session that another gateway has told of; one that it has replaced is gone. Null if a later one is here. */
    private @Nullable SessionSlot slotOf(String clientId, long born) {
        SessionSlot replaced = sessions.ended(clientId, born - 1);
        if (replaced != null) {
            routes.gone(replaced);
        }
        return sessions.remember(clientId, born);
    }

    /** There is nothing to be routed to a session any more. */
    private void forget(String clientId, long epoch) {
        epochs.remove(clientId);
        remember(clientId, epoch, false);
        SessionSlot gone = sessions.forget(clientId);
        if (gone != null) {
            routes.gone(gone);
        }
    }

    private void remember(String clientId, long epoch, boolean ended) {
        Past before = past.remove(clientId);
        Past now = new Past(epoch, ended, thread.nanoTime());
        if (before != null && before.epoch() > epoch) {
            now = new Past(before.epoch(), before.ended(), now.sinceNanos());
        }
        past.put(clientId, now);
    }

    private boolean hasEnded(String clientId, long epoch) {
        Past known = past.get(clientId);
        return known != null && known.ended() && epoch <= known.epoch();
    }

    /** How many sessions, and filters of other gateways' clean ones, something is remembered of. Any thread, roughly. */
    int remembered() {
        int filters = 0;
        for (Map<String, Integer> each : List.copyOf(clean.values())) {
            filters += each.size();
        }
        return epochs.size() + past.size() + checks.size() + snapshots.size() + filters;
    }

    /** Forgets what nothing can come behind of any more, and looks after what a dead gateway may not have told; to be called often. */
    void beat() {
        for (int i = 0; i < LOOKS_A_BEAT && !untold.isEmpty(); i++) {
            String clientId = untold.remove();
            SessionSlot slot = sessions.find(clientId);
            if (slot != null && slot.live() == null) {
                check(clientId);
            }
        }
        sessions.forgetPast();
        long now = thread.nanoTime();
        Iterator<Past> eldest = past.values().iterator();
        while (eldest.hasNext() && now - eldest.next().sinceNanos() > OUTRUN.toNanos()) {
            eldest.remove();
        }
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
        Past forgotten = past.get(clientId);
        if ((known != null && epoch < known)
                || (forgotten != null && !forgotten.ended() && epoch < forgotten.epoch())) {
            return true;
        }
        epochs.computeIfPresent(clientId, (id, before) -> epoch);
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

    private void found(String clientId, @Nullable SessionView found) {
        SessionView view = found == null || hasEnded(clientId, found.epoch()) ? null : found;
        if (view == null) {
            sessions.doubt(clientId);
        }
        if (view == null || view.subscriptions().isEmpty()) {
            forget(clientId, view == null ? epochs.getOrDefault(clientId, 0L) : view.epoch());
            return;
        }
        SessionSlot slot = slotOf(clientId, view.born());
        if (slot != null && slot.live() == null) {
            epochs.put(clientId, view.epoch());
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
        // Whatever becomes known from now on is spoken of.
        Set<String> unseen = new HashSet<>();
        sessions.keptAndAway().forEach(slot -> unseen.add(slot.clientId()));
        return load(store.routes("", PAGE), unseen)
                .handleAsync(
                        (nothing, failure) -> {
                            Set<String> spoken = spokenOf == null ? Set.of() : spokenOf;
                            spokenOf = null;
                            if (fit.isTooMuch) {
                                throw new RoutesDoNotFitException(fit.sessions, fit.subscriptions, fit.bytes);
                            }
                            hasLoaded |= failure == null;
                            if (failure != null) {
                                throw new IllegalStateException("the routes could not be read", failure);
                            }
                            spoken.forEach(this::check);
                            unseen.forEach(this::check);
                            return null;
                        },
                        thread)
                .thenComposeAsync(nothing -> checked(), thread);
    }

    /** Takes in one page while the store looks for the next. */
    private CompletableFuture<?> load(CompletionStage<RoutePage> reading, Set<String> unseen) {
        return reading.toCompletableFuture()
                .thenComposeAsync(
                        page -> {
                            String cursor = page.nextCursor();
                            CompletionStage<RoutePage> next = cursor == null ? null : store.routes(cursor, PAGE);
                            page.sessions().forEach(routed -> loaded(routed, unseen));
                            return next == null ? CompletableFuture.completedFuture(null) : load(next, unseen);
                        },
                        thread);
    }

    /** Whether there is memory for this session's routes too; one that serves already has to take what comes. */
    private boolean fits(Routed routed) {
        if (hasLoaded) {
            return true;
        }
        long slot = SessionSlot.bytesOf(routed.clientId());
        long bytes = 0;
        for (Subscription subscription : routed.subscriptions()) {
            bytes += Routes.bytesOf(subscription.filter());
        }
        fit.sessions++;
        fit.subscriptions += routed.subscriptions().size();
        fit.bytes += slot + bytes;
        fit.isTooMuch |= !routes.hasRoom(bytes) || !sessions.hasRoom(slot);
        return !fit.isTooMuch;
    }

    private void loaded(Routed routed, Set<String> unseen) {
        unseen.remove(routed.clientId());
        if (!fits(routed)) {
            return;
        }
        if (spokenOf != null && spokenOf.contains(routed.clientId())) {
            return;
        }
        SessionSlot slot = slotOf(routed.clientId(), routed.born());
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

    /** A gateway is dead: its clean sessions are too, and the clients of its kept ones are away. */
    void departed(String gateway) {
        for (SessionSlot slot : sessions.keptAndAway()) {
            if (gateway.equals(slot.owner())) {
                slot.owner(null);
            }
            untold.add(slot.clientId());
        }
        snapshots.remove(gateway);
        Map<String, Integer> known = clean.remove(gateway);
        if (known != null) {
            known.keySet().forEach(filter -> routes.elsewhere(gateway, filter, 0));
        }
    }
}
