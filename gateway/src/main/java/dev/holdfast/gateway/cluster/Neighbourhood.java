// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.cluster.entries.InboxReader;
import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.entries.Outboxes;
import dev.holdfast.gateway.cluster.member.Lease;
import dev.holdfast.gateway.cluster.member.OwnBarriers;
import dev.holdfast.gateway.cluster.member.Succession;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.cluster.routes.Announcer;
import dev.holdfast.gateway.cluster.routes.AwaySubscriptions;
import dev.holdfast.gateway.cluster.routes.CleanRoutes;
import dev.holdfast.gateway.cluster.routes.CleanSubscriptions;
import dev.holdfast.gateway.cluster.routes.Doubt;
import dev.holdfast.gateway.cluster.routes.Learning;
import dev.holdfast.gateway.cluster.routes.RouteBook;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.Membership;
import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other gateways that share the store: joins them, sends them messages and changes of routes, and receives theirs.
 *
 * <p>Changes of routes are sent and received on the first I/O thread only, so that they keep their order. Messages leave from any
 * thread.
 */
public final class Neighbourhood implements Neighbours {
    private static final Logger LOG = LoggerFactory.getLogger(Neighbourhood.class);
    private static final Duration JOIN_PAUSE = Duration.ofMillis(500);

    private final Inbox inbox;
    private final @Nullable Links links;
    private final Lease lease;
    private final Metrics metrics;
    private final SessionThread thread;
    private final List<? extends SessionThread> threads;
    private final Announcer announcer;
    private final Outboxes outboxes;
    private final Departed departed;
    private final Succession succession;
    private final Inquiries inquiries;
    private final List<Forwarder> forwarders;
    private @Nullable Parts parts;

    // Used on the thread of the routes only.
    private final CleanSubscriptions cleanHere;
    private final OwnBarriers ownBarriers;

    /** The highest index of each log that the other gateways have not been told. */
    private final Map<String, Long> grown = new ConcurrentHashMap<>();

    private final AtomicBoolean isTellingGrown = new AtomicBoolean();

    /** The parts that need the neighbourhood, and so are made after it. */
    private record Parts(
            Sessions sessions,
            RouteBook book,
            CleanRoutes clean,
            RouteNotes notes,
            Arrivals arrivals,
            InboxReader reader,
            Learning learning,
            Doubt doubt) {}

    /**
     * A neighbourhood that has not joined yet.
     *
     * @param links the direct connections between gateways; null for none
     * @param threads all I/O threads; the first one is the thread of the routes
     */
    public Neighbourhood(
            Membership membership,
            Inbox inbox,
            @Nullable Links links,
            List<? extends SessionThread> threads,
            Metrics metrics) {
        this.inbox = inbox;
        this.links = links;
        this.outboxes = new Outboxes(inbox, links, threads.get(0));
        this.metrics = metrics;
        this.threads = threads;
        this.thread = threads.get(0);
        this.lease = new Lease(membership, thread, metrics, new LeaseListener());
        this.announcer = new Announcer(lease::living, lease::lookAround, lease::id, this::outbox, metrics, thread);
        this.cleanHere = new CleanSubscriptions(announcer, lease::id);
        this.ownBarriers = new OwnBarriers(lease, this::outbox, thread);
        this.departed = new Departed(inbox, metrics);
        this.succession = new Succession(() -> parts().sessions(), lease::id, this::outbox, lease::living, threads);
        this.inquiries = new Inquiries(
                lease::id, lease::living, (gateway, note) -> outbox(gateway).send(note));
        this.forwarders = threads.stream()
                .map(each -> new Forwarder(each, this::outbox, metrics))
                .toList();
    }

    /** The questions of operators to other gateways. */
    public Inquiries inquiries() {
        return inquiries;
    }

    /** The name of this gateway among the gateways. It changes when the others have taken this gateway for dead. */
    public String id() {
        return lease.id();
    }

    /**
     * Joins the other gateways and learns their routes. No client may be accepted before that is done.
     *
     * @return done when this gateway knows all routes that existed when it joined
     */
    public CompletableFuture<?> begin(
            SessionStore store,
            LogStore logStore,
            Sessions sessions,
            Routes routes,
            Router router,
            RetainedMessages retained,
            Logs logs) {
        CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
        store.onDoubt(why -> {
            logs.doubted();
            CompletableFuture<?> told = sessions.reassert(true);
            thread.execute(() -> parts().doubt().doubted(why));
            return told;
        });
        thread.execute(() -> {
            RouteBook book = new RouteBook(store, logStore, sessions, routes, thread);
            CleanRoutes clean = new CleanRoutes(routes);
            Arrivals arrivals = new Arrivals(
                    sessions,
                    router,
                    logs,
                    threads,
                    succession,
                    note -> parts().notes().heard(note),
                    () -> parts().doubt().lostNotes());
            InboxReader reader = new InboxReader(arrivals, thread);
            Learning learning = new Learning(inbox, reader, links, lease, book, this::outbox, thread);
            Doubt doubt = new Doubt(lease, learning, sessions, retained, metrics, thread);
            RouteNotes notes = new RouteNotes(
                    lease,
                    announcer,
                    ownBarriers,
                    inquiries,
                    book,
                    routes,
                    clean,
                    cleanHere,
                    new AwaySubscriptions(store, sessions),
                    learning,
                    retained,
                    this::outbox);
            parts = new Parts(sessions, book, clean, notes, arrivals, reader, learning, doubt);
            metrics.gauge(
                    "remembered",
                    "What is remembered of sessions and subscriptions, those at other gateways included; 0 if there are none",
                    () -> sessions.remembered()
                            + routes.remembered()
                            + book.remembered()
                            + clean.remembered()
                            + cleanHere.size());
            join().thenComposeAsync(nothing -> learning.load(), thread).whenComplete((nothing, failure) -> {
                if (failure == null) {
                    ready.complete(null);
                } else {
                    ready.completeExceptionally(failure);
                }
            });
        });
        return ready;
    }

    /** Joins. While the part of the store that holds the leases is away, this gateway waits and tries again. */
    private CompletableFuture<?> join() {
        return lease.join()
                .<CompletableFuture<?>>handle((nothing, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(null);
                    }
                    if (!Lease.isPartAway(failure)) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    Executor later =
                            CompletableFuture.delayedExecutor(JOIN_PAUSE.toMillis(), TimeUnit.MILLISECONDS, thread);
                    return CompletableFuture.supplyAsync(this::join, later).thenCompose(joined -> joined);
                })
                .thenCompose(joined -> joined);
    }

    /** A part of the store that was away has come back: reads what could not be read while it was away. Any thread. */
    public void storeIsBack() {
        thread.execute(() -> {
            Parts known = parts;
            if (known != null) {
                known.doubt().partIsBack();
            }
        });
    }

    /** Renews the lease and finds gateways that have come or died. Called about four times a second on the first I/O thread. */
    public void beat() {
        lease.beat();
        announcer.look(lease.living());
        outboxes.beat();
        Parts known = parts;
        if (known != null) {
            known.doubt().beat();
            known.reader().beat();
            known.book().beat();
        }
    }

    /**
     * Whether the store has answered lately. The future is done at once: completed if it has, failed if not.
     *
     * @param why gives the known reason why the store does not answer; empty if none is known
     */
    public CompletableFuture<?> look(Supplier<String> why) {
        return lease.look(why);
    }

    /** Leaves the other gateways. They take sessions that are still connected here offline. */
    public CompletableFuture<?> leave() {
        return lease.leave();
    }

    private Outbox outbox(String gateway) {
        return outboxes.of(gateway);
    }

    private Parts parts() {
        Parts known = parts;
        if (known == null) {
            throw new IllegalStateException("not begun");
        }
        return known;
    }

    /** Acts when gateways join or die, this one included. */
    private final class LeaseListener implements Lease.Listener {
        @Override
        public void living(Set<String> living) {
            Learning learning = parts().learning();
            for (String gateway : outboxes.gateways()) {
                if (learning.hasGreeted(gateway) && !living.contains(gateway)) {
                    departed.add(gateway);
                    succession.departed(gateway);
                    learning.departed(gateway);
                    outboxes.departed(gateway);
                    parts().book().departed(gateway);
                    parts().clean().departed(gateway);
                }
            }
            outboxes.living(living);
            departed.removeAll(living);
            departed.inherit(notes -> parts().arrivals().inherited(notes));
            learning.greetNewcomers();
        }

        @Override
        public void forgotten() {
            parts().sessions().reassert(false);
            parts().doubt().doubted("it does not know this gateway any more, as after a FLUSHALL");
        }

        @Override
        public void buried() {
            LOG.warn("this gateway was taken for dead: its connections are closed, and it joins anew");
            metrics.storeError(StoreOperation.LEASE);
            parts().sessions().disown();
            parts().learning().stopReading();
        }

        @Override
        public void reaped(Reaped reaped) {
            parts().sessions().reaped(reaped);
        }

        @Override
        public void joinedAnew() {
            LOG.atInfo().addKeyValue("gateway", lease.id()).log("Joined anew, under another name");
            parts().learning().load().whenComplete((nothing, failure) -> {
                if (failure != null) {
                    LOG.warn("the routes could not be read after joining anew", failure);
                }
            });
        }
    }

    // ---- Neighbours: what this gateway tells the others

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
            thread.execute(() -> cleanHere.subscribed(subscription.filter()));
        } else if (live != null) {
            Note note = new Note.Subscribed(
                    lease.id(), slot.clientId(), slot.born(), live.ref().epoch(), subscription);
            thread.execute(() -> announcer.announce(note));
        }
    }

    @Override
    public void unsubscribed(SessionSlot slot, String filter) {
        Session live = slot.live();
        if (!slot.isKept()) {
            thread.execute(() -> cleanHere.unsubscribed(filter));
        } else if (live != null) {
            Note note = new Note.Unsubscribed(
                    lease.id(), slot.clientId(), live.ref().epoch(), filter);
            thread.execute(() -> announcer.announce(note));
        }
    }

    @Override
    public void ended(String clientId, long epoch) {
        thread.execute(() -> {
            parts().book().ended(clientId, epoch);
            announcer.announce(new Note.Ended(clientId, epoch));
        });
    }

    @Override
    public void logBegun(String filter) {
        thread.execute(() -> announcer.announce(new Note.LogBegun(filter)));
    }

    @Override
    public void logEnded(String filter) {
        thread.execute(() -> announcer.announce(new Note.LogEnded(filter)));
    }

    /** What grows in one turn of the first I/O thread is told once for each log. */
    @Override
    public void logGrown(String filter, long index) {
        if (grown.merge(filter, index, Math::max) == index && isTellingGrown.compareAndSet(false, true)) {
            thread.execute(this::tellGrown);
        }
    }

    private void tellGrown() {
        isTellingGrown.set(false);
        for (String filter : List.copyOf(grown.keySet())) {
            Long index = grown.remove(filter);
            if (index != null) {
                byte[] note = NoteCodec.encode(new Note.LogGrown(filter, index));
                for (String gateway : lease.living()) {
                    if (!gateway.equals(lease.id())) {
                        outbox(gateway).send(note);
                    }
                }
            }
        }
    }

    @Override
    public void resumed(SessionRef ref) {
        thread.execute(() -> announcer.announce(new Note.Resumed(lease.id(), ref.clientId(), ref.epoch())));
    }

    @Override
    public void left(SessionRef ref) {
        thread.execute(() -> announcer.announce(new Note.Left(lease.id(), ref.clientId(), ref.epoch())));
    }

    @Override
    public void doubted(String clientId) {
        thread.execute(() -> {
            if (parts().book().check(clientId)) {
                // The gateway that owns the session has to check it too.
                announcer.announce(new Note.Doubted(clientId));
            }
        });
    }

    @Override
    public CompletableFuture<?> settled() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.execute(() -> announcer.whenSettled(done));
        return done;
    }

    @Override
    public CompletableFuture<?> answered() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.execute(() -> announcer.whenAnswered(done));
        return done;
    }

    @Override
    public CompletableFuture<?> caughtUp() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.execute(() -> ownBarriers.set(done));
        return done;
    }

    @Override
    public boolean isGone(String gateway) {
        return departed.contains(gateway);
    }

    @Override
    public CompletableFuture<Boolean> displaced(DisplacedConnection displaced, SessionRef by, boolean kicked) {
        return succession.displaced(displaced, by, kicked);
    }

    @Override
    public boolean isBehind() {
        return outboxes.areBehind();
    }

    @Override
    public CompletableFuture<?> forward(
            SessionThread here, String[] gateways, Message message, @Nullable String publisher) {
        Forwarder forwarder = forwarders.get(here.index());
        CompletableFuture<?> all = forwarder.forward(gateways[0], message, publisher);
        for (int i = 1; i < gateways.length; i++) {
            all = all.thenCombine(forwarder.forward(gateways[i], message, publisher), (some, other) -> null);
        }
        return all;
    }

    @Override
    public void hint(String owner, EnqueueTarget target, long seq, Message message, boolean dropped) {
        outbox(owner).send(NoteCodec.encode(new Note.Queued(target, seq, message, dropped)));
    }

    @Override
    public void direct(String owner, EnqueueTarget target, Message message, int hops) {
        sendOrDrop(owner, NoteCodec.encode(new Note.Direct(target, hops, message)));
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
