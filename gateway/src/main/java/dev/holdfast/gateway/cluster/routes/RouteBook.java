// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogStore;
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
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Puts the routes of kept sessions at other gateways into this gateway's {@link Routes}. It learns them from notes of the other gateways,
 * and asks the store where a note leaves doubt. A session that is live here is not touched: its own subscriptions count. On one thread.
 */
public final class RouteBook {
    private static final int PAGE = 500;
    /** Subscriptions that are taken in in some 0.1 ms. */
    private static final int ROUTES_AT_ONCE = 64;
    /** How many sessions are checked at each beat: some hundred in a second. */
    private static final int LOOKS_A_BEAT = 50;
    /** How late a note may come behind notes that were sent after it. */
    private static final Duration OUTRUN = Duration.ofSeconds(10);

    private final SessionStore store;
    private final LogStore logs;
    private final Sessions sessions;
    private final Routes routes;
    private final SessionThread thread;

    /** The last known epoch of each session that is known from other gateways. */
    private final Map<String, Long> epochs = new HashMap<>();
    /** Sessions that are forgotten, the earliest first. They are kept a while so that a late note does not bring one back. */
    private final LinkedHashMap<String, Past> past = new LinkedHashMap<>();

    private final Map<String, Check> checks = new HashMap<>();
    /** While routes are read: sessions that notes have named meanwhile. A page may hold an older state of them. */
    private @Nullable Set<String> spokenOf;
    /** How much is loaded at the start; when it is too much, it is counted to the end for the error message. */
    private final Fit fit = new Fit();

    private boolean hasLoaded;

    private static final class Fit {
        private long sessions;
        private long subscriptions;
        private long bytes;
        private boolean isTooMuch;
    }

    /** The last epoch of a forgotten session, and whether the session has ended. */
    private record Past(long epoch, boolean ended, long sinceNanos) {}

    /** Sessions to be checked: a gateway may have ended them and died before it could tell the others. */
    private final ArrayDeque<String> untold = new ArrayDeque<>();

    /** A read of one session from the store that is under way. */
    private static final class Check {
        private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        private boolean again;
    }

    /** A book without sessions, whose routes go into these. */
    public RouteBook(SessionStore store, LogStore logs, Sessions sessions, Routes routes, SessionThread thread) {
        this.store = store;
        this.logs = logs;
        this.sessions = sessions;
        this.routes = routes;
        this.thread = thread;
    }

    // ---- kept sessions

    /** A session at another gateway has subscribed. */
    public void subscribed(Note.Subscribed note) {
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

    /** A session at another gateway has removed a subscription. */
    public void unsubscribed(Note.Unsubscribed note) {
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

    /** The client of a session has connected to another gateway. */
    public void resumed(Note.Resumed note) {
        SessionSlot slot = sessions.find(note.clientId());
        if (slot != null && slot.live() == null && slot.born() <= note.epoch()) {
            Long known = epochs.get(note.clientId());
            if (known == null || known <= note.epoch()) {
                epochs.put(note.clientId(), note.epoch());
                slot.owner(note.from());
            }
        }
    }

    /** The client has disconnected: no gateway gets hints for it, and shared subscriptions prefer other members. */
    public void left(Note.Left note) {
        SessionSlot slot = sessions.find(note.clientId());
        Long known = epochs.get(note.clientId());
        if (slot != null && note.from().equals(slot.owner()) && (known == null || known <= note.epoch())) {
            slot.owner(null);
        }
    }

    /** A session has ended: every session of this client identifier up to this epoch. */
    public void ended(String clientId, long epoch) {
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
            routes.gone(gone, thread);
        }
    }

    /** The slot of a session at another gateway; ends an earlier session of that client. Null if a later session is known. */
    private @Nullable SessionSlot slotOf(String clientId, long born) {
        SessionSlot slot = sessions.remember(clientId, born);
        if (slot != null) {
            return slot;
        }
        SessionSlot replaced = sessions.ended(clientId, born - 1);
        if (replaced != null) {
            routes.gone(replaced, thread);
        }
        return sessions.remember(clientId, born);
    }

    /** Forgets a session without subscriptions. */
    private void forget(String clientId, long epoch) {
        epochs.remove(clientId);
        remember(clientId, epoch, false);
        SessionSlot gone = sessions.forget(clientId);
        if (gone != null) {
            routes.gone(gone, thread);
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

    /** How many sessions are remembered. Any thread; the number may be a moment old. */
    public int remembered() {
        return epochs.size() + past.size() + checks.size();
    }

    /** Forgets sessions that no late note can concern, and checks sessions of dead gateways. Called about four times a second. */
    public void beat() {
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
     * Reads one session from the store and corrects its routes. A call while the session is being read has it read once more.
     *
     * @return false if the session was being read already
     */
    public boolean check(String clientId) {
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

    /** Done when all checks that are under way now are over. */
    public CompletableFuture<?> checked() {
        if (checks.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.allOf(
                checks.values().stream().map(check -> check.done).toArray(CompletableFuture<?>[]::new));
    }

    // ---- loading

    /** Reads the subscriptions of all kept sessions. Sessions that are known here and not in the store are checked. */
    CompletableFuture<?> load() {
        spokenOf = new HashSet<>();
        // Sessions that become known from now on are in spokenOf.
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
                .thenComposeAsync(nothing -> checked(), thread)
                .thenCompose(nothing -> loadLogs(""));
    }

    /** Reads which filters have logs: those that read them are in no page of sessions. */
    private CompletableFuture<?> loadLogs(String cursor) {
        return logs.names(cursor, PAGE)
                .thenCompose(page -> {
                    page.filters().forEach(routes::learnLog);
                    String next = page.nextCursor();
                    return next == null ? CompletableFuture.completedFuture(null) : loadLogs(next);
                })
                .toCompletableFuture();
    }

    /** Forgets a log if the store does not have it: it may have begun again. */
    public void logEnded(String filter) {
        int timesTold = routes.timesTold(filter);
        logs.read(filter, Long.MAX_VALUE, 1, 1).thenAccept(page -> {
            if (page == null) {
                routes.logEnded(filter, timesTold);
            }
        });
    }

    /** Applies one page while the store reads the next one. */
    private CompletableFuture<@Nullable Void> load(CompletionStage<RoutePage> reading, Set<String> unseen) {
        return reading.toCompletableFuture()
                .thenComposeAsync(
                        page -> {
                            String cursor = page.nextCursor();
                            CompletionStage<RoutePage> next = cursor == null ? null : store.routes(cursor, PAGE);
                            return apply(page.sessions().iterator(), unseen)
                                    .thenCompose(nothing -> next == null
                                            ? CompletableFuture.completedFuture(null)
                                            : load(next, unseen));
                        },
                        thread);
    }

    /** Takes in some sessions at a time: a gateway that joins anew serves clients meanwhile. */
    private CompletableFuture<@Nullable Void> apply(Iterator<Routed> sessionsOfPage, Set<String> unseen) {
        CompletableFuture<@Nullable Void> applied = new CompletableFuture<>();
        thread.gradually(this, () -> {
            try {
                for (int routed = 0; routed < ROUTES_AT_ONCE && sessionsOfPage.hasNext(); ) {
                    Routed next = sessionsOfPage.next();
                    loaded(next, unseen);
                    routed += Math.max(1, next.subscriptions().size());
                }
            } catch (RuntimeException fault) {
                applied.completeExceptionally(fault);
                return true;
            }
            if (!sessionsOfPage.hasNext()) {
                applied.complete(null);
                return true;
            }
            return false;
        });
        return applied;
    }

    /** Whether there is memory for the routes of this session. A gateway that serves clients already takes all of them. */
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

    /** A gateway has died: the clients of its kept sessions are disconnected. */
    public void departed(String gateway) {
        for (SessionSlot slot : sessions.keptAndAway()) {
            if (gateway.equals(slot.owner())) {
                slot.owner(null);
            }
            untold.add(slot.clientId());
        }
    }
}
