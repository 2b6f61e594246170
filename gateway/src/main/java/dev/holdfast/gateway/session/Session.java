// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionRef;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The session of one live connection: what it subscribes to, what it has in flight, and in what order messages leave.
 * Messages that wait stand in its {@link Backlog}: in memory if the session ends with its connection (clean session 1, or
 * session expiry interval 0), in the store if it is kept. On its thread, unless a method says otherwise.
 */
public final class Session {
    private static final CompletableFuture<?> NOT_STORED = CompletableFuture.completedFuture(null);

    private final SessionSlot slot;
    private final SessionRef ref;
    private final SessionThread thread;
    private final InboundExchanges inbound;
    final Backlog backlog;
    final SessionServices services;
    final Outlet outlet;
    final InflightWindow window;
    private @Nullable Will will;
    private @Nullable SessionClaim claim;
    private volatile String principal = "";
    private @Nullable Predicate<String> mayReceive;
    private @Nullable PacedSource source;
    private boolean isSourcesTurn;
    private boolean isClosed;
    private boolean broughtWill;
    private boolean hasLetGo;
    private boolean isPumping;
    /** Filters of subscriptions that have been granted and that the slot does not have yet. */
    private Set<String> promised = Set.of();

    /**
     * The session of a connection that the store has attached.
     *
     * @param slot its place in the routes, which says whether the session is kept
     * @param attached the store's answer
     * @param receiveMaximum how many unacknowledged packets the client takes
     */
    Session(
            SessionSlot slot,
            Attached attached,
            SessionThread thread,
            Outlet outlet,
            int receiveMaximum,
            SessionServices services) {
        this.slot = slot;
        this.ref = attached.ref();
        this.thread = thread;
        this.outlet = outlet;
        this.services = services;
        this.window = new InflightWindow(receiveMaximum);
        if (slot.isKept()) {
            window.startAt(attached.firstSeq());
            inbound = InboundExchanges.inStore(
                    services.store(), ref, thread, services.memory(), attached.inboundPacketIds());
            backlog = new StoredBacklog(this, attached);
        } else {
            inbound = InboundExchanges.inMemory(services.memory());
            backlog = new MemoryBacklog(this);
        }
    }

    /** Its place in the routes. Any thread. */
    public SessionSlot slot() {
        return slot;
    }

    /** The client identifier. Any thread. */
    public String clientId() {
        return ref.clientId();
    }

    /** The right to change this session in the store. Any thread. */
    public SessionRef ref() {
        return ref;
    }

    /** The thread of the connection and of this session. Any thread. */
    public SessionThread thread() {
        return thread;
    }

    /** Does something on this session's thread: at once if the caller is on it. Any thread. */
    void onThread(Runnable task) {
        if (thread.isCurrent()) {
            task.run();
        } else {
            thread.execute(task);
        }
    }

    /** Whether the session outlives its connection. Any thread. */
    public boolean isKept() {
        return slot.isKept();
    }

    /** Whether the connection has gone or has been taken over: nothing is delivered any more. */
    public boolean isClosed() {
        return isClosed;
    }

    /** Whether a message with this QoS is to be put into the session's queue in the store before it is delivered. */
    public boolean isStoredFirst(int qos) {
        return qos > 0 && slot.isKept();
    }

    /** The QoS 2 messages that have been received and not been distributed. */
    public InboundExchanges inbound() {
        return inbound;
    }

    // ---- the will

    /** The Will Message of this connection, or null. */
    public @Nullable Will will() {
        return will;
    }

    /** Whether the connection came with a will, though it may have none any more. */
    boolean broughtWill() {
        return broughtWill;
    }

    /** Sets the will at CONNECT, or removes it at DISCONNECT with 0x00 [MQTT-3.14.4-3]. */
    public void will(@Nullable Will newWill) {
        if (newWill != null) {
            newWill.message().hold(services.memory(), HeldMemory.Kind.WILLS);
        }
        letGoOfWill();
        this.will = newWill;
        broughtWill |= newWill != null;
    }

    private void letGoOfWill() {
        if (will != null && !hasLetGo) {
            will.message().letGo(services.memory());
        }
    }

    // ---- for an operator

    /** The principal whose session this is; empty for anonymous clients. Any thread. */
    public String principal() {
        return principal;
    }

    /** Closes the connection for an operator; the session stays. Any thread. */
    public void disconnect() {
        thread.execute(outlet::disconnected);
    }

    /** Has the session kept for this long after its connection has ended. Any thread. */
    public void keepFor(Duration expiry) {
        thread.execute(() -> outlet.keepFor(expiry));
    }

    /** Has the connection look whether it is traced. Any thread. */
    public void retrace() {
        thread.execute(outlet::retrace);
    }

    /** What an operator may know of this session; looked up on its thread. Any thread. */
    public CompletableFuture<SessionFacts> facts() {
        return CompletableFuture.supplyAsync(
                () -> new SessionFacts(
                        outlet.facts(),
                        window.outstanding(),
                        window.capacity(),
                        inbound.size(),
                        backlog.waiting(),
                        backlog.waitingBytes()),
                thread);
    }

    // ---- messages in

    /**
     * Delivers a message now, or keeps it for later as far as the limits allow.
     *
     * @param origin the shared subscription that it came through, or null
     * @return whether the session has taken it; if not, a shared subscription asks its next member
     */
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        return !isClosed && backlog.deliver(message, qos, retain, subscriptionIdentifiers, origin);
    }

    /**
     * Takes note of a message that the store has put into this session's queue, and sends it if it is next.
     *
     * @param seq its position in the queue
     * @param target what the store was asked to put there
     * @param hasDropped whether the queue limit has taken other messages for it
     * @param origin the shared subscription that it came through, or null
     */
    public void queued(
            long seq, Message message, EnqueueTarget target, boolean hasDropped, @Nullable SharedOrigin origin) {
        backlog.queued(seq, message, target, hasDropped, origin);
    }

    /** The queue has lost messages that had not been sent: an operator has emptied it. */
    public void dropped() {
        backlog.dropped();
    }

    /** Sends what waits, and looks for what came into the queue and nobody has told of. */
    public void catchUp() {
        backlog.look();
    }

    /** Whether it can take another message without dropping one and without making it wait for long. */
    public boolean isReady() {
        return !isClosed && backlog.isEmpty() && windowHasRoom() && outlet.hasRoom();
    }

    /** Whether the window has room for a message at the next position. */
    boolean windowHasRoom() {
        return window.hasRoomFor(window.next());
    }

    /** Restricts what is delivered to topics that pass; null lifts the restriction. */
    public void mayReceive(@Nullable Predicate<String> permission) {
        this.mayReceive = permission;
    }

    // ---- messages out

    /** Sends what waits, as far as the client takes it. */
    public void pump() {
        if (isPumping) {
            return;
        }
        isPumping = true;
        try {
            while (!isClosed && outlet.hasRoom() && takeTurn()) {
                // the turn does the work
            }
        } finally {
            isPumping = false;
        }
    }

    /** Sends one message: by turns one that waits and one of the source, so that neither waits for the other's end. */
    private boolean takeTurn() {
        if (source != null && isSourcesTurn && takeFromSource()) {
            isSourcesTurn = false;
            return true;
        }
        if (backlog.sendNext()) {
            isSourcesTurn = true;
            return true;
        }
        return source != null && takeFromSource();
    }

    private void endSource() {
        if (source != null) {
            source.close();
            source = null;
        }
    }

    private boolean takeFromSource() {
        PacedSource present = source;
        PacedSource.Rest rest = present == null ? PacedSource.Rest.NONE : present.next();
        if (rest == PacedSource.Rest.NONE) {
            endSource();
        }
        return rest == PacedSource.Rest.HANDED_OVER;
    }

    /** About once a second: takes up what a failed call to the store has left, and gives back memory that is not needed. */
    public void tick() {
        window.rest();
        if (claim != null) {
            claim.verifyAgain();
        }
        if (source != null) {
            source.tick();
        }
        backlog.tick();
    }

    /** Sends or drops a message of QoS 0; it is never queued here. Answers whether it was taken. */
    boolean deliverQos0(Message message, boolean retain, int[] subscriptionIdentifiers) {
        if (!mayDeliverAtOnce(message)) {
            return true;
        }
        if (!outlet.hasRoomFor(message)) {
            services.metrics().dropped(Dropped.SLOW);
            outlet.dropped(message, Dropped.SLOW);
            missed(message);
            return false;
        }
        outlet.publish(message, 0, 0, retain, false, subscriptionIdentifiers);
        return true;
    }

    /** Whether a message that has waited is neither expired nor forbidden; counts it if it is. */
    boolean mayDeliver(Message message) {
        if (message.isExpired(thread.nowMillis())) {
            services.metrics().dropped(Dropped.EXPIRED); // [MQTT-3.3.2-5]
            outlet.dropped(message, Dropped.EXPIRED);
            return false;
        }
        return mayReceive(message);
    }

    /** The same for a message that has not waited here: one with an expiry interval of 0 is not expired yet. */
    boolean mayDeliverAtOnce(Message message) {
        return message.isForNowOnly() ? mayReceive(message) : mayDeliver(message);
    }

    /** Whether the client may have a message; counts it if not. */
    boolean mayReceive(Message message) {
        Predicate<String> permission = mayReceive;
        if (permission != null && !permission.test(message.topic())) {
            services.metrics().dropped(Dropped.NOT_AUTHORIZED);
            outlet.dropped(message, Dropped.NOT_AUTHORIZED);
            return false;
        }
        return true;
    }

    /** Writes a PUBLISH at a position of the queue, and notes the position in the window. */
    void send(long seq, Message message, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers) {
        boolean isSent =
                outlet.publish(message, QueuedMessage.packetId(seq), qos, retain, dup, subscriptionIdentifiers);
        if (!isSent || qos == 0) {
            window.sent(seq, InflightWindow.State.DONE);
            backlog.skipped(seq);
        } else {
            window.sent(seq, qos == 1 ? InflightWindow.State.AWAITING_PUBACK : InflightWindow.State.AWAITING_PUBREC);
        }
    }

    // ---- retained messages

    /** The source of retained messages that goes on whenever the session has room for more, or null. */
    public @Nullable PacedSource source() {
        return source;
    }

    /** Lets a source go on whenever the session has room for more, until nothing is left of it. */
    public void source(PacedSource added) {
        source = added;
        pump();
    }

    /** Ends what the source has for the subscription with this filter [MQTT-3.10.4-2]. */
    public void unsubscribed(String filter) {
        if (source != null) {
            source.unsubscribed(filter);
        }
    }

    /** The session is given this message, or its client has published it: the source sends no older one of its topic. */
    public void overtakenBy(Message newer) {
        if (source != null) {
            source.overtakenBy(newer);
        }
    }

    /** A limit has taken a message that the session was to have: the source sends the topic's newest one instead. */
    public void missed(Message message) {
        if (source != null && message.isRetain()) {
            source.missed(message);
        }
    }

    /** Room has been made in the queue: the source goes on. */
    void roomMade() {
        if (source != null) {
            pump();
        }
    }

    /** Takes retained messages for this session. */
    public RetainedIntake retained() {
        return backlog;
    }

    /** Whether a message would fit into this session's queue if that were empty. */
    public boolean mayEverQueue(Message message) {
        return message.size() <= services.limits().maxBytes();
    }

    /** Whether the client owes acknowledgements, or the store has yet to hear of some: both make room in the queue. */
    public boolean isOwed() {
        return !window.isEmpty() || backlog.owesTheStore();
    }

    // ---- subscriptions

    /** How many subscriptions there are, with those that the store is being told of. */
    public int subscriptionCount() {
        return slot.subscriptionCount() + promised.size();
    }

    /** Whether a subscription with this filter has been granted and is not in the slot yet. */
    public boolean isPromised(String filter) {
        return promised.contains(filter);
    }

    /** Counts subscriptions that have been granted and that the slot does not have yet. */
    public void promise(Set<String> filters) {
        if (filters.isEmpty()) {
            return;
        }
        if (promised.isEmpty()) {
            promised = new HashSet<>(filters);
        } else {
            promised.addAll(filters);
        }
    }

    /** The slot has these subscriptions now, or never will. */
    public void keptPromise(Set<String> filters) {
        if (!promised.isEmpty()) {
            filters.forEach(promised::remove);
        }
        if (promised.isEmpty()) {
            promised = Set.of(); // gives the set back: an idle session is to be small
        }
    }

    /** Has the store keep subscriptions that are about to be routed; done when it has them. */
    public CompletableFuture<?> keep(List<Subscription> subscriptions) {
        return isKept() ? services.store().subscribe(ref, subscriptions).toCompletableFuture() : NOT_STORED;
    }

    /** Has the store forget subscriptions that are about to leave the routes; done when it has. */
    public CompletableFuture<?> forget(List<String> filters) {
        return isKept() ? services.store().unsubscribe(ref, filters).toCompletableFuture() : NOT_STORED;
    }

    // ---- acknowledgements from the client

    /** PUBACK. */
    public Acknowledgement puback(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBACK);
    }

    /** PUBCOMP. */
    public Acknowledgement pubcomp(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBCOMP);
    }

    /** PUBREC with a reason code of 0x80 or more: the exchange is over [MQTT-4.4.0-2]. */
    public Acknowledgement pubrecRefused(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBREC);
    }

    /**
     * PUBREC: the release is stored, then PUBREL leaves. A repeated PUBREC is answered again.
     *
     * @return UNKNOWN if the packet identifier is not in use: the caller answers PUBREL with 0x92
     */
    public Acknowledgement pubrec(int packetId) {
        long seq = window.seqOf(packetId);
        switch (window.state(seq)) {
            case AWAITING_PUBREC -> {
                window.move(seq, InflightWindow.State.RELEASING);
                backlog.release(seq);
            }
            case AWAITING_PUBCOMP -> outlet.pubrel(packetId);
            case RELEASING -> {
                // answered when the store has the release
            }
            case AWAITING_PUBACK -> {
                return Acknowledgement.WRONG;
            }
            case DONE -> {
                return Acknowledgement.UNKNOWN;
            }
        }
        return Acknowledgement.TAKEN;
    }

    /** The release of a position is stored. */
    void released(long seq) {
        if (!isClosed && window.state(seq) == InflightWindow.State.RELEASING) {
            window.move(seq, InflightWindow.State.AWAITING_PUBCOMP);
            outlet.pubrel(QueuedMessage.packetId(seq)); // [MQTT-4.3.3-4]
        }
    }

    private Acknowledgement done(int packetId, InflightWindow.State expected) {
        long seq = window.seqOf(packetId);
        InflightWindow.State state = window.state(seq);
        if (state == expected) {
            window.move(seq, InflightWindow.State.DONE);
            backlog.acknowledged(seq);
            pump();
            return Acknowledgement.TAKEN;
        }
        return Acknowledgement.unexpected(state, expected);
    }

    // ---- a store that may have lost its last writes

    /**
     * Notes by what this session was attached, so that it can be told to the store again.
     *
     * @param isNew whether the session began with that attach
     * @param isDoubted whether the store may have lost that attach since: then it is told at once
     */
    public void attachedBy(AttachRequest request, boolean isNew, boolean isDoubted) {
        principal = request.principal();
        if (services.neighbours().mayExist()) {
            claim = new SessionClaim(this, request, isNew);
            if (isDoubted) {
                claim.verify();
            }
        }
    }

    /** As {@link SessionClaim#reassert}. */
    CompletableFuture<?> reassert(boolean isFenced) {
        return isClosed || claim == null ? NOT_STORED : claim.reassert(isFenced);
    }

    /** As {@link SessionClaim#verify}. */
    void verify() {
        if (claim != null) {
            claim.verify();
        }
    }

    /** A later attach has the session: the connection ends. */
    void overtaken() {
        if (!isClosed) {
            close();
            outlet.takenOver();
        }
    }

    /** The store has lost the session: the connection ends. */
    void lost() {
        if (!isClosed) {
            close();
            services.metrics().sessionLost();
            outlet.sessionLost();
            services.neighbours().doubted(slot.clientId());
        }
    }

    /** The store has refused a call because a later attach has the session, or it could not answer. Any thread. */
    void failed(Throwable failure) {
        thread.execute(() -> {
            if (isClosed) {
                return;
            }
            if (SessionClaim.isStale(failure) && claim != null) {
                claim.verify();
            } else if (SessionClaim.isStale(failure)) {
                overtaken();
            } else {
                services.metrics().dropped(Dropped.STORE);
                outlet.storeFailed();
            }
        });
    }

    // ---- the end

    /** Stops all delivery: the connection has gone, or a later one has taken the session over. */
    void close() {
        isClosed = true;
        endSource();
    }

    /** The highest position that may have been sent. */
    public long sentMark() {
        return window.next() - 1;
    }

    /** Gives back what the session holds in memory: its connection has left it. Once. */
    void letGo() {
        inbound.letGo();
        letGoOfWill();
        hasLetGo = true;
        backlog.letGo();
    }

    /** Whether the session has given back what it held: it keeps nothing more. */
    boolean hasLetGo() {
        return hasLetGo;
    }
}
