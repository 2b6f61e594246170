// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.TimedOperation;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.spans.MessageSpans;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.SessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Takes one published message to everyone whose subscriptions match it.
 *
 * <p>Called on the I/O thread of the publisher. Where the message crosses to another thread it does so once per
 * thread, not once per subscriber.
 */
public final class Router {
    /** How many members all audiences together may have that one I/O thread keeps; some 10 MB. */
    private static final int MOST_MEMBERS_KNOWN = 262_144;

    /**
     * How many steps a search for an audience takes at once: as many as an audience needs that is not large, one step to find each
     * member and one to fold it. Where
     * less is done at once the messages that have come together are distributed one by one, in slices; their acknowledgements
     * then leave one by one, and a publisher that waits for them sends smaller bursts from there on. Some 0.1 ms.
     */
    private static final int STEPS_AT_ONCE = 2 * Audience.LARGE + AudienceCompiler.USUAL_STEPS;

    private static final CompletableFuture<Boolean> REACHED = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<Boolean> NOBODY = CompletableFuture.completedFuture(false);

    private static final CompletableFuture<Published> ALL_REACHED =
            CompletableFuture.completedFuture(Published.REACHED);
    private static final CompletableFuture<Published> NONE_REACHED =
            CompletableFuture.completedFuture(Published.NO_SUBSCRIBERS);

    private final SessionStore store;
    private final RetainedMessages retained;
    private final Routes routes;
    private final Neighbours neighbours;
    private final boolean queueQos0;
    private final Metrics metrics;
    private final @Nullable MessageSpans spans;
    private final LogAppends logs;
    private final LiveDeliveries live;
    private final AudienceCache[] audiences;

    /**
     * A router over the given routes.
     *
     * @param threads all I/O threads, by index
     * @param queueQos0 whether QoS 0 messages are queued for kept sessions whose client is away
     * @param logs have what matches wide filters
     * @param neighbours take on what is for sessions that are connected to them
     * @param spans tells OpenTelemetry of messages, or null
     */
    public Router(
            Routes routes,
            SessionStore store,
            RetainedMessages retained,
            LogAppends logs,
            List<? extends SessionThread> threads,
            boolean queueQos0,
            Neighbours neighbours,
            Metrics metrics,
            @Nullable MessageSpans spans) {
        this.spans = spans;
        this.routes = routes;
        this.neighbours = neighbours;
        this.store = store;
        this.retained = retained;
        this.logs = logs;
        this.live = new LiveDeliveries(threads);
        this.queueQos0 = queueQos0;
        this.metrics = metrics;
        this.audiences = new AudienceCache[threads.size()];
        for (int i = 0; i < audiences.length; i++) {
            audiences[i] = new AudienceCache(routes, audiences.length, MOST_MEMBERS_KNOWN);
        }
    }

    /**
     * Publishes a message: to the live and the kept sessions that match, to one member of each matching shared
     * subscription, and, if its RETAIN flag is set, to the retained messages.
     *
     * @param here the thread of the caller
     * @param publisher the client identifier of the publisher, or null for a message of the gateway's own
     * @param mayRepeat whether the same message may have been published before (a PUBREL that came again)
     * @param debtor who waits and pays if this takes long
     * @return what became of it; complete when every queue that must have the message has it, exceptionally
     *     when that is unknown and nothing may be acknowledged, with {@link BusyException} when nothing has been done
     */
    public CompletableFuture<Published> publish(
            SessionThread here, Message message, @Nullable String publisher, boolean mayRepeat, Debtor debtor) {
        if (live.lanes(here).isFull() && small(here, message.topic(), debtor) == null) {
            return busy(here, message);
        }
        // First the retained messages: a client that subscribes between the two steps must not miss both.
        CompletableFuture<Boolean> retention = message.isRetain() ? retained.keep(message) : null;
        CompletableFuture<Boolean> distributed = distribute(here, message, publisher, mayRepeat, debtor);
        if (retention == null) {
            return distributed == REACHED
                    ? ALL_REACHED
                    : distributed == NOBODY ? NONE_REACHED : distributed.thenApply(Router::published);
        }
        CompletableFuture<Published> published = distributed.thenCombine(
                retention, (reached, kept) -> kept ? published(reached) : Published.NOT_RETAINED);
        retained.underWay(message, published);
        return published;
    }

    private static Published published(boolean reached) {
        return reached ? Published.REACHED : Published.NO_SUBSCRIBERS;
    }

    /**
     * Whether too many long distributions wait on this thread. Then each further message is routed as soon as it has been read,
     * before the next one is read.
     */
    public boolean isCrowded(SessionThread here) {
        return live.lanes(here).isCrowded();
    }

    private CompletableFuture<Published> busy(SessionThread here, Message message) {
        if (live.lanes(here).isFree(message.topic())) {
            audiences[here.index()].giveUp(message.topic());
        }
        metrics.refused(Refused.LONG_WORK);
        if (message.qos() == 0) {
            metrics.dropped(Dropped.BUSY);
        }
        return CompletableFuture.failedFuture(new BusyException());
    }

    private CompletableFuture<Boolean> distribute(
            SessionThread here, Message message, @Nullable String publisher, boolean mayRepeat, Debtor debtor) {
        Audience small = small(here, message.topic(), debtor);
        return small == null
                ? begin(new Distribution(this, here, message, publisher, mayRepeat, false, debtor), debtor)
                : distribute(here, small, message, publisher, mayRepeat, debtor);
    }

    /**
     * The audience of a topic, if it is found at once and small enough to be served in this turn. Null if not, or if a long distribution
     * of the same topic is under way, behind which the message has to wait.
     */
    private @Nullable Audience small(SessionThread here, String topic, Debtor debtor) {
        if (!live.lanes(here).isFree(topic)) {
            return null;
        }
        // A client that already waits for a long search gets no further search steps at once.
        int steps = debtor.isWaiting() ? 0 : STEPS_AT_ONCE;
        Audience audience = audiences[here.index()].find(topic, steps, debtor);
        return audience == null || audience.isLarge() ? null : audience;
    }

    private CompletableFuture<Boolean> begin(Distribution distribution, Debtor debtor) {
        debtor.begun();
        live.lanes(distribution.here()).begin(distribution.topic(), debtor, distribution::step);
        return distribution.done();
    }

    /** Distributes a message to a small audience in this turn. */
    private CompletableFuture<Boolean> distribute(
            SessionThread here,
            Audience audience,
            Message message,
            @Nullable String publisher,
            boolean mayRepeat,
            Debtor debtor) {
        if (audience.isEmpty()) {
            return NOBODY;
        }
        live.deliver(here, audience, message, publisher);
        CompletableFuture<Boolean> result = REACHED;
        if (audience.kept().length > 0) {
            result = queue(audience.kept(), message, publisher, mayRepeat, debtor);
        }
        if (audience.logs().length > 0) {
            CompletableFuture<Boolean> appended = logs.append(audience.logs(), message, publisher, mayRepeat);
            result = result == REACHED ? appended : result.thenCombine(appended, (some, others) -> true);
        }
        if (audience.gateways().length > 0) {
            CompletableFuture<?> forwarded = forward(here, audience.gateways(), message, publisher);
            if (message.qos() > 0) {
                result = result.thenCombine(forwarded, (reached, nothing) -> reached);
            }
        }
        for (SharedGroup group : audience.groups()) {
            CompletableFuture<Boolean> shared = share(group, message, publisher, mayRepeat);
            result = result == REACHED ? shared : result.thenCombine(shared, (some, others) -> some || others);
        }
        return result;
    }

    /** What this thread knows of who wants what. */
    AudienceCache audiences(SessionThread here) {
        return audiences[here.index()];
    }

    LiveDeliveries live() {
        return live;
    }

    LogAppends logs() {
        return logs;
    }

    /** Passes a message on to other gateways. */
    CompletableFuture<?> forward(SessionThread here, String[] gateways, Message message, @Nullable String publisher) {
        return neighbours.forward(here, gateways, message, publisher);
    }

    /** Gives a message to one member of a shared subscription; says whether there was one. */
    CompletableFuture<Boolean> share(
            SharedGroup group, Message message, @Nullable String publisher, boolean mayRepeat) {
        SharedDispatch dispatch = new SharedDispatch(this, group, message, publisher, mayRepeat, 0);
        dispatch.run();
        return dispatch.done();
    }

    /**
     * Delivers messages that another gateway has published to the clean sessions here, in their order. The rest of
     * their audience is that gateway's to serve.
     *
     * @param here the thread of the caller, the same one for all messages of a topic
     */
    public void publishedElsewhere(SessionThread here, List<Publication> publications) {
        LiveDeliveries.Batch batch = live.new Batch(here);
        for (Publication publication : publications) {
            Message message = publication.message();
            Audience small = small(here, message.topic(), Debtor.NOBODY);
            if (small != null) {
                batch.add(publication, small.live());
                continue;
            }
            CompletableFuture<Boolean> distributed = begin(
                    new Distribution(this, here, message, publication.publisher(), false, true, Debtor.NOBODY),
                    Debtor.NOBODY);
            if (message.isRetain()) {
                retained.underWay(message, distributed);
            }
        }
        batch.leave();
    }

    /**
     * Delivers a message that another gateway has published to a member of a shared subscription: to one that is
     * connected here if there is one.
     */
    public void sharedElsewhere(String filter, Message message, @Nullable String publisher, int hops) {
        SharedGroup group = routes.group(filter);
        if (group == null) {
            metrics.dropped(Dropped.NO_MEMBER);
            return;
        }
        new SharedDispatch(this, group, message, publisher, false, hops).run();
    }

    /**
     * Queues a QoS 0 message for a kept session that another gateway took to be connected here.
     *
     * @param slot its place in the routes, or null if it is not known here
     */
    public void queueForAbsent(@Nullable SessionSlot slot, EnqueueTarget target, Message message) {
        if (!queueQos0) {
            metrics.dropped(Dropped.OFFLINE);
            return;
        }
        if (slot != null) {
            slot.queuing();
        }
        enqueue(message, List.of(target), false).whenComplete((results, failure) -> {
            Enqueued result = results == null ? null : results.get(0);
            if (result != null && result.seq() > 0 && neighbours.isElsewhere(result.owner())) {
                neighbours.hint(
                        Objects.requireNonNull(result.owner()), target, result.seq(), message, result.dropped() > 0);
            } else if (result != null && result.seq() > 0 && slot != null) {
                slot.queuedQos0(result, target, message, null);
                return;
            }
            if (slot != null) {
                slot.notQueuedHere();
            }
        });
    }

    /** Puts a message into the queues of these sessions. Answers true: the message had a subscriber. */
    CompletableFuture<Boolean> queue(
            Member[] kept, Message message, @Nullable String publisher, boolean mayRepeat, Debtor debtor) {
        List<EnqueueTarget> targets = new ArrayList<>(kept.length);
        List<Member> queued = new ArrayList<>(kept.length);
        for (Member each : kept) {
            Member member = each.forPublisher(publisher);
            if (member == null) {
                continue;
            }
            if (member.qosOf(message) > 0) {
                targets.add(member.targetOf(message));
                queued.add(member);
            } else if (member.slot().live() != null) {
                LiveDeliveries.deliver(member, message);
            } else if (!passOn(member, message) && mayQueueQos0(member)) {
                member.slot().queuing();
                targets.add(member.targetOf(message));
                queued.add(member);
            }
        }
        if (targets.isEmpty()) {
            return REACHED;
        }
        CompletableFuture<List<Enqueued>> stored =
                enqueue(message, targets, mayRepeat).toCompletableFuture();
        if (stored.isDone() && !stored.isCompletedExceptionally()) {
            if (offer(queued, stored.join(), message)) {
                debtor.foundFullQueue();
            }
            return REACHED;
        }
        return stored.handle((results, failure) -> {
            if (failure != null) {
                queued.stream()
                        .filter(member -> member.qosOf(message) == 0)
                        .forEach(member -> member.slot().notQueuedHere());
                throw failure instanceof CompletionException known ? known : new CompletionException(failure);
            }
            offer(queued, results, message);
            return true;
        });
    }

    /** Whether a QoS 0 message is queued for a session whose client is away; counts it if not. */
    private boolean mayQueueQos0(Member member) {
        if (!queueQos0) {
            metrics.dropped(Dropped.OFFLINE);
            return false;
        }
        if (store.isBehind(member.slot().clientId())) {
            metrics.dropped(Dropped.STORE);
            return false;
        }
        return true;
    }

    /** Passes a QoS 0 message on to the gateway that last had the connection; false if it is to be queued here. */
    private boolean passOn(Member member, Message message) {
        String gateway = member.slot().lastOwner();
        if (gateway == null || member.slot().isQueuing() || !neighbours.isElsewhere(gateway)) {
            return false;
        }
        neighbours.direct(gateway, member.targetOf(message), message, 0);
        return true;
    }

    /** Tells the live sessions at this gateway what has come into their queues; answers whether one had no room. */
    private boolean offer(List<Member> members, List<Enqueued> results, Message message) {
        boolean isFull = false;
        for (int i = 0; i < results.size(); i++) {
            Enqueued result = results.get(i);
            isFull |= result.dropped() > 0;
            Member member = members.get(i);
            SessionSlot slot = member.slot();
            boolean isQos0 = member.qosOf(message) == 0;
            boolean isHere = !isElsewhere(slot, result, member.targetOf(message), message) && result.seq() > 0;
            if (isHere && isQos0) {
                slot.queuedQos0(result, member.targetOf(message), message, null);
            } else if (isHere) {
                slot.queued(result.seq(), member.targetOf(message), message, result.dropped() > 0);
            } else if (isQos0) {
                slot.notQueuedHere();
            }
            if (result.seq() == 0 && message.isRetain()) {
                missed(slot.live(), message);
            }
        }
        return isFull;
    }

    private static void missed(@Nullable Session session, Message message) {
        if (session != null) {
            session.thread().execute(() -> session.outbound().missed(message));
        }
    }

    /** Tells the owner at another gateway what has come into its queue; says whether there is one. */
    boolean isElsewhere(SessionSlot slot, Enqueued result, EnqueueTarget target, Message message) {
        if (!neighbours.mayExist()) {
            return false;
        }
        slot.owner(result.owner());
        if (result.result() == Enqueued.Result.NO_SESSION) {
            neighbours.doubted(slot.clientId());
        }
        if (result.seq() == 0 || !neighbours.isElsewhere(result.owner())) {
            return false;
        }
        neighbours.hint(Objects.requireNonNull(result.owner()), target, result.seq(), message, result.dropped() > 0);
        return true;
    }

    /** Whether a kept session was last seen connected to another gateway that lives. */
    boolean isElsewhere(SessionSlot slot) {
        return slot.isKept() && neighbours.isElsewhere(slot.owner());
    }

    /** Passes a QoS 0 message on to the gateway that was last seen to have the connection. */
    void direct(SessionSlot slot, EnqueueTarget target, Message message, int hops) {
        String owner = slot.owner();
        if (owner != null) {
            neighbours.direct(owner, target, message, hops);
        }
    }

    CompletableFuture<Boolean> share(RemoteRoute route, Message message, @Nullable String publisher, int hops) {
        return neighbours.share(route.gateway(), route.filter(), message, publisher, hops);
    }

    CompletionStage<List<Enqueued>> enqueue(Message message, List<EnqueueTarget> targets, boolean mayRepeat) {
        long asked = System.nanoTime();
        CompletionStage<List<Enqueued>> stored = store.enqueue(message, targets, mayRepeat);
        if (spans != null) {
            tellStored(spans, message, targets.size(), stored);
        }
        boolean isWaiting = !stored.toCompletableFuture().isDone();
        return stored.thenApply(results -> {
            if (isWaiting) {
                metrics.storeAnswered(TimedOperation.ENQUEUE, asked);
            }
            for (Enqueued result : results) {
                if (result.dropped() > 0) {
                    metrics.dropped(Dropped.QUEUE_FULL, result.dropped());
                }
            }
            return results;
        });
    }

    private static void tellStored(MessageSpans spans, Message message, int sessions, CompletionStage<?> stored) {
        long askedAtMillis = System.currentTimeMillis();
        stored.whenComplete((results, failure) -> spans.stored(message, askedAtMillis, sessions, failure == null));
    }

    /** Whether so much waits for the store or for other gateways that publishers are to be held back. */
    public boolean isBehind() {
        return store.isBehind() || neighbours.isBehind();
    }

    boolean queuesQos0() {
        return queueQos0;
    }

    void dropped(Dropped cause) {
        metrics.dropped(cause);
    }
}
