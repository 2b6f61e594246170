// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.RetainedMessages;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.store.Inbox;
import dev.holdfast.store.Membership;
import dev.holdfast.store.Message;
import dev.holdfast.store.Reaped;
import dev.holdfast.store.SessionStore;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Target;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other gateways that share the store: what they are told, and what they tell.
 *
 * <p>All that concerns routes happens on one I/O thread, so that it is told in the order in which it happened. Messages
 * leave from any thread.
 */
public final class Neighbourhood implements Neighbours {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** For so long others may go on telling a gateway that is dead. */
    private static final Duration INHERITANCE = Duration.ofSeconds(15);

    private static final int MOST_INHERITED = 256;
    /** After a failover an inbox may be read again only when a read from the dead master has been given up. */
    private static final Duration WITHOUT_HINTS = Duration.ofSeconds(12);

    private static final Duration LOOK_PERIOD = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(Neighbourhood.class);

    private final Inbox inbox;
    private final Lease lease;
    private final Metrics metrics;
    private final SessionThread thread;
    private final List<? extends SessionThread> threads;
    private final Announcer announcer;
    private final ConcurrentHashMap<String, Outbox> outboxes = new ConcurrentHashMap<>();
    private final Set<String> departed = ConcurrentHashMap.newKeySet();
    private @Nullable Parts parts;

    // of the one thread
    private final Map<String, Integer> cleanHere = new HashMap<>();
    private final Set<String> greeted = new HashSet<>();
    private final Set<String> unanswered = new HashSet<>();
    private final Map<String, Long> heirs = new HashMap<>();
    private final Map<Long, CompletableFuture<@Nullable Void>> catchingUp = new HashMap<>();
    private long lastCatchUp;
    private @Nullable AutoCloseable reading;
    private long doubtedAtNanos;
    private long lookedAtNanos;
    private boolean loading;
    private boolean loadOnceMore;
    private CompletableFuture<@Nullable Void> allAnswered = CompletableFuture.completedFuture(null);

    /** What is made after the neighbourhood, since it uses it. */
    private record Parts(Sessions sessions, RouteBook book, RetainedMessages retained, Arrivals arrivals) {}

    /**
     * A gateway that knows no other one yet.
     *
     * @param threads all I/O threads; the first is the one for all that concerns routes
     */
    public Neighbourhood(Membership membership, Inbox inbox, List<? extends SessionThread> threads, Metrics metrics) {
        this.inbox = inbox;
        this.metrics = metrics;
        this.threads = threads;
        this.thread = threads.get(0);
        this.lease = new Lease(membership, thread, metrics, new LeaseListener());
        this.announcer = new Announcer(lease::lookAround, lease::id, this::outbox, metrics, thread);
    }

    /** Who this gateway is to the others; another one after it has been taken for dead. */
    public String id() {
        return lease.id();
    }

    /**
     * Joins the others and learns what they know. Until then no client is to be accepted.
     *
     * @return done when this gateway routes by all that was there when it joined
     */
    public CompletableFuture<?> begin(
            SessionStore store, Sessions sessions, Routes routes, Router router, RetainedMessages retained) {
        CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
        store.onDoubt(why -> {
            CompletableFuture<?> told = sessions.reassert(true);
            thread.execute(() -> doubted(why));
            return told;
        });
        thread.execute(() -> {
            parts = new Parts(
                    sessions,
                    new RouteBook(store, sessions, routes, thread),
                    retained,
                    new Arrivals(sessions, router, threads, this::heard, this::lost));
            lease.join().thenComposeAsync(nothing -> load(), thread).whenComplete((nothing, failure) -> {
                if (failure == null) {
                    ready.complete(null);
                } else {
                    ready.completeExceptionally(failure);
                }
            });
        });
        return ready;
    }

    /** Renews the lease and looks after the others; to be called about four times a second on the first thread. */
    public void beat() {
        lease.beat();
        announcer.look(lease.living());
        long now = System.nanoTime();
        if (doubtedAtNanos != 0
                && now - doubtedAtNanos < WITHOUT_HINTS.toNanos()
                && now - lookedAtNanos > LOOK_PERIOD.toNanos()) {
            lookedAtNanos = now;
            parts().sessions().lookIntoQueues();
        }
    }

    /**
     * Whether the store has answered lately; completes or fails at once.
     *
     * @param why what is known of the reason if it has not, to be appended
     */
    public CompletableFuture<?> look(Supplier<String> why) {
        return lease.look(why);
    }

    /** Leaves: what is still connected here goes offline at the others' hands. */
    public CompletableFuture<?> leave() {
        return lease.leave();
    }

    private Outbox outbox(String gateway) {
        return outboxes.computeIfAbsent(gateway, name -> new Outbox(inbox, name));
    }

    private Parts parts() {
        Parts known = parts;
        if (known == null) {
            throw new IllegalStateException("not begun");
        }
        return known;
    }

    // ---- learning

    private CompletableFuture<?> load() {
        Parts known = parts();
        if (reading == null) {
            reading = inbox.read(lease.id(), known.arrivals());
        }
        allAnswered = new CompletableFuture<>();
        greeted.clear();
        greet();
        // One that does not answer is dead most likely, and its lease has not ended yet.
        CompletableFuture<?> clean = allAnswered.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return known.book().load().thenCombine(clean, (routes, all) -> null);
    }

    private void greet() {
        byte[] hello = NoteCodec.encode(new Note.Hello(lease.id()));
        for (String gateway : lease.living()) {
            if (!gateway.equals(lease.id()) && greeted.add(gateway)) {
                unanswered.add(gateway);
                outbox(gateway).send(hello);
            }
        }
        answered();
    }

    private void answered() {
        unanswered.retainAll(lease.living());
        if (unanswered.isEmpty()) {
            allAnswered.complete(null);
        }
    }

    private void lost() {
        if (!isDoubted()) {
            LOG.warn("notes of other gateways have been lost: all routes are read again");
        }
        loadAgain();
        parts().sessions().lookIntoQueues();
    }

    /** The store may have lost anything: what is live here has been told to it, the rest is learned from it again. */
    private void doubted(String why) {
        if (!isDoubted()) {
            metrics.storeDoubt();
            LOG.warn("the session store may have lost writes: {}. All that is connected is compared with it", why);
        }
        doubtedAtNanos = System.nanoTime();
        lease.unsettled();
        loadAgain();
        parts().retained().load();
    }

    /** Whether what is noticed now is most likely the loss that has been noticed already. */
    private boolean isDoubted() {
        return doubtedAtNanos != 0 && System.nanoTime() - doubtedAtNanos < PATIENCE.toNanos();
    }

    private void loadAgain() {
        if (loading) {
            loadOnceMore = true;
            return;
        }
        loading = true;
        load().whenCompleteAsync(
                        (nothing, failure) -> {
                            loading = false;
                            if (failure != null) {
                                LOG.warn("the routes could not be read again", failure);
                            }
                            if (loadOnceMore) {
                                loadOnceMore = false;
                                loadAgain();
                            }
                        },
                        thread);
    }

    private void heard(Note note) {
        RouteBook book = parts().book();
        if (note instanceof Note.Subscribed one) {
            book.subscribed(one);
        } else if (note instanceof Note.Unsubscribed one) {
            book.unsubscribed(one);
        } else if (note instanceof Note.Erased one) {
            book.check(one.clientId());
        } else if (note instanceof Note.Resumed one) {
            book.resumed(one);
        } else if (note instanceof Note.Clean one) {
            book.clean(one);
        } else if (note instanceof Note.Barrier one && one.from().equals(lease.id())) {
            CompletableFuture<@Nullable Void> caughtUp = catchingUp.remove(one.number());
            if (caughtUp != null) {
                caughtUp.complete(null);
            }
        } else if (note instanceof Note.Barrier one) {
            byte[] applied = NoteCodec.encode(new Note.Applied(lease.id(), one.number()));
            book.checked().whenComplete((nothing, failure) -> outbox(one.from()).send(applied));
        } else if (note instanceof Note.Applied one) {
            announcer.applied(one.from(), one.number());
        } else if (note instanceof Note.Hello one) {
            tellAll(one.from());
        } else if (note instanceof Note.SnapshotBegins one) {
            book.snapshotBegins(one.from());
        } else if (note instanceof Note.SnapshotEnds one) {
            book.snapshotEnds(one.from());
            unanswered.remove(one.from());
            answered();
        }
    }

    private void tellAll(String gateway) {
        Outbox outbox = outbox(gateway);
        outbox.send(NoteCodec.encode(new Note.SnapshotBegins(lease.id())));
        cleanHere.forEach((filter, count) -> outbox.send(NoteCodec.encode(new Note.Clean(lease.id(), filter, count))));
        outbox.send(NoteCodec.encode(new Note.SnapshotEnds(lease.id())));
    }

    /** Hears of the living and the dead, this one included. */
    private final class LeaseListener implements Lease.Listener {
        @Override
        public void living(Set<String> living) {
            for (String gateway : outboxes.keySet()) {
                if (greeted.contains(gateway) && !living.contains(gateway)) {
                    LOG.atInfo().addKeyValue("gateway", gateway).log("A gateway has gone");
                    departed.add(gateway);
                    greeted.remove(gateway);
                    outboxes.remove(gateway);
                    parts().book().departed(gateway);
                    heirs.put(gateway, System.nanoTime() + INHERITANCE.toNanos());
                }
            }
            departed.removeAll(living);
            heirs.keySet().removeAll(living);
            inherit();
            if (reading != null) {
                greet();
            }
        }

        @Override
        public void forgotten() {
            parts().sessions().reassert(false);
            doubted("it does not know this gateway any more, as after a FLUSHALL");
        }

        @Override
        public void buried() {
            LOG.warn("this gateway was taken for dead: its connections are closed, and it joins anew");
            metrics.storeError("lease");
            parts().sessions().disown();
            AutoCloseable old = reading;
            reading = null;
            if (old != null) {
                try {
                    old.close();
                } catch (Exception e) {
                    LOG.debug("the old inbox did not close", e);
                }
            }
        }

        @Override
        public void reaped(Reaped reaped) {
            parts().sessions().reaped(reaped);
        }

        @Override
        public void joinedAnew() {
            load().whenComplete((nothing, failure) -> {
                if (failure != null) {
                    LOG.warn("the routes could not be read after joining anew", failure);
                }
            });
        }
    }

    /**
     * What stands unread in the inbox of the dead, also what others put there until they too know of its death: a
     * message for one member of a shared subscription goes to another one.
     */
    private void inherit() {
        long now = System.nanoTime();
        heirs.values().removeIf(until -> now - until > 0);
        for (String gateway : heirs.keySet()) {
            inbox.takeUnread(gateway, MOST_INHERITED).whenComplete((notes, failure) -> {
                if (failure != null) {
                    metrics.storeError("inherit");
                } else {
                    parts().arrivals().inherited(notes);
                }
            });
        }
    }

    // ---- Neighbours

    @Override
    public boolean mayExist() {
        return true;
    }

    @Override
    public boolean isElsewhere(@Nullable String gateway) {
        return gateway != null && !gateway.equals(lease.id()) && !departed.contains(gateway);
    }

    @Override
    public void subscribed(SessionSlot slot, Subscription subscription) {
        Session live = slot.live();
        if (!slot.isKept()) {
            thread.execute(() -> countClean(subscription.filter()));
        } else if (live != null) {
            Note note =
                    new Note.Subscribed(lease.id(), slot.clientId(), live.ref().epoch(), subscription);
            thread.execute(() -> announcer.announce(note));
        }
    }

    @Override
    public void unsubscribed(SessionSlot slot, String filter) {
        Session live = slot.live();
        if (!slot.isKept()) {
            thread.execute(() -> discountClean(filter));
        } else if (live != null) {
            Note note = new Note.Unsubscribed(
                    lease.id(), slot.clientId(), live.ref().epoch(), filter);
            thread.execute(() -> announcer.announce(note));
        }
    }

    private void countClean(String filter) {
        changed(filter, cleanHere.merge(filter, 1, Integer::sum));
    }

    private void discountClean(String filter) {
        Integer left = cleanHere.merge(filter, -1, (known, less) -> known + less > 0 ? known + less : null);
        changed(filter, left == null ? 0 : left);
    }

    /** How many there are matters to shared subscriptions alone; otherwise whether there is one. */
    private void changed(String filter, int count) {
        if (count < 2 || filter.startsWith("$share/")) {
            announcer.announce(new Note.Clean(lease.id(), filter, count));
        }
    }

    @Override
    public void erased(String clientId) {
        thread.execute(() -> announcer.announce(new Note.Erased(clientId)));
    }

    @Override
    public void resumed(String clientId) {
        thread.execute(() -> announcer.announce(new Note.Resumed(lease.id(), clientId)));
    }

    @Override
    public void missing(SessionSlot slot) {
        thread.execute(() -> {
            if (parts().book().check(slot.clientId())) {
                // Its owner, if it has one, is to look too.
                announcer.announce(new Note.Erased(slot.clientId()));
            }
        });
    }

    @Override
    public CompletableFuture<?> settled() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.execute(() -> announcer.whenSettled(done));
        return done;
    }

    /** A barrier in the own inbox: what stands before it has been read when it is. */
    @Override
    public CompletableFuture<?> caughtUp() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.execute(() -> {
            long number = ++lastCatchUp;
            catchingUp.put(number, done);
            outbox(lease.id()).send(NoteCodec.encode(new Note.Barrier(lease.id(), number)));
            done.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((nothing, failure) -> thread.execute(() -> catchingUp.remove(number)));
        });
        return done;
    }

    @Override
    public CompletableFuture<?> displaced(String gateway, String clientId, long epoch, boolean kicked) {
        return isElsewhere(gateway)
                ? outbox(gateway).deliver(NoteCodec.encode(new Note.Displaced(clientId, epoch, kicked)))
                : CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isBehind() {
        for (Outbox outbox : outboxes.values()) {
            if (outbox.isBehind()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public CompletableFuture<?> forward(String[] gateways, Message message, @Nullable String publisher) {
        byte[] note = NoteCodec.encode(new Note.Publication(publisher, message));
        CompletableFuture<?> all = CompletableFuture.completedFuture(null);
        for (String gateway : gateways) {
            if (message.qos() == 0) {
                sendOrDrop(gateway, note);
            } else {
                all = all.thenCombine(outbox(gateway).deliver(note), (some, other) -> null);
            }
        }
        return all;
    }

    @Override
    public void hint(String owner, Target target, long seq, Message message, boolean dropped) {
        outbox(owner).send(NoteCodec.encode(new Note.Queued(target, seq, message, dropped)));
    }

    @Override
    public void direct(String owner, Target target, Message message) {
        sendOrDrop(owner, NoteCodec.encode(new Note.Direct(target, message)));
    }

    @Override
    public CompletableFuture<Boolean> share(
            String gateway, String filter, Message message, @Nullable String publisher, int hops) {
        return outbox(gateway)
                .deliver(NoteCodec.encode(new Note.Shared(filter, publisher, hops, message)))
                .thenApply(nothing -> true);
    }

    private void sendOrDrop(String gateway, byte[] note) {
        if (!outbox(gateway).send(note)) {
            metrics.dropped(Dropped.STORE);
        }
    }
}
