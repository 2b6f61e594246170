// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.Assertion;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The session of one live connection: what it subscribes to, what it has in flight, and in what order things leave.
 *
 * <p>Two kinds differ in where undelivered messages stand: a {@link TransientSession} has them in memory and dies with
 * its connection (clean session 1, or session expiry interval 0), a {@link StoredSession} has them in the store.
 */
public abstract sealed class Session permits TransientSession, StoredSession {
    // valid for the session
    private final SessionSlot slot;
    private final SessionRef ref;
    final SessionServices services;
    final InboundExchanges inbound;

    // valid for this connection
    private final SessionThread thread;
    final Outlet outlet;
    final InflightWindow window;
    private @Nullable Will will;
    private @Nullable AttachRequest attach;
    private volatile String principal = "";
    private boolean began;
    private @Nullable Predicate<String> mayReceive;
    private @Nullable PacedSource source;
    private boolean isSourcesTurn;
    private boolean closed;
    private boolean broughtWill;
    private boolean hasLetGo;
    private boolean pumping;
    private boolean verifying;
    /** Whether the store has not answered a {@link #verify}. */
    private boolean verifiesAgain;
    /** The filters of subscriptions that have been granted and are not in the slot yet. */
    private Set<String> promised = Set.of();

    Session(
            SessionSlot slot,
            SessionRef ref,
            SessionThread thread,
            Outlet outlet,
            int receiveMaximum,
            InboundExchanges inbound,
            SessionServices services) {
        this.slot = slot;
        this.ref = ref;
        this.thread = thread;
        this.outlet = outlet;
        this.window = new InflightWindow(receiveMaximum);
        this.inbound = inbound;
        this.services = services;
    }

    /** The place of this session in the routes. */
    public final SessionSlot slot() {
        return slot;
    }

    /** The client identifier. */
    public final String clientId() {
        return slot.clientId();
    }

    /** The right to change this session in the store. */
    public final SessionRef ref() {
        return ref;
    }

    /** The thread of the connection and this session. */
    public final SessionThread thread() {
        return thread;
    }

    /** Whether the session outlives its connection. */
    public final boolean isKept() {
        return slot.isKept();
    }

    /** Whether the connection has gone or been taken over: nothing is delivered any more. */
    public final boolean isClosed() {
        return closed;
    }

    /** The QoS 2 messages received and not yet distributed. */
    public final InboundExchanges inbound() {
        return inbound;
    }

    /** The Will Message of this connection, or null. */
    public final @Nullable Will will() {
        return will;
    }

    /** Whether this connection came with a will, though it may have none any more. */
    final boolean broughtWill() {
        return broughtWill;
    }

    /** Sets the will at CONNECT, or removes it at DISCONNECT with 0x00 [MQTT-3.14.4-3]. */
    public final void will(@Nullable Will newWill) {
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

    /** Gives back what it holds in memory: its connection has left it. Once. */
    void letGo() {
        inbound.letGo();
        letGoOfWill();
        hasLetGo = true;
    }

    /** Whether what it holds has been given back: nothing more is to be kept here. */
    final boolean hasLetGo() {
        return hasLetGo;
    }

    /**
     * Notes what this session was attached with, for {@link #reassert}.
     *
     * @param anew whether it began with that attach
     * @param isDoubted whether the store may have lost that attach since: then it is told
     */
    public final void attachedBy(AttachRequest request, boolean anew, boolean isDoubted) {
        principal = request.principal();
        if (services.neighbours().mayExist()) {
            attach = request;
            began = anew;
            if (isDoubted) {
                verify();
            }
        }
    }

    /** Whose session this is; empty for anonymous clients. Any thread. */
    public final String principal() {
        return principal;
    }

    /** Closes the connection for an operator; the session stays. Any thread. */
    public final void disconnect() {
        thread.execute(outlet::disconnected);
    }

    /** Has the connection look whether it is traced. Any thread. */
    public final void retrace() {
        thread.execute(outlet::retrace);
    }

    /** Has the session kept for so long when its connection ends, for an operator. Any thread. */
    public final void keepFor(Duration expiry) {
        thread.execute(() -> outlet.keepFor(expiry));
    }

    /** What an operator may know of it; done on this session's thread. Any thread. */
    public final CompletableFuture<SessionFacts> facts() {
        return CompletableFuture.supplyAsync(
                () -> new SessionFacts(
                        outlet.facts(),
                        window.outstanding(),
                        window.capacity(),
                        inbound.size(),
                        waiting(),
                        waitingBytes()),
                thread);
    }

    /** How many messages wait here for the client, beside those in the store. */
    int waiting() {
        return 0;
    }

    /** The sum of their bodies. */
    long waitingBytes() {
        return 0;
    }

    /** Restricts what is delivered to topics that pass; null lifts the restriction. */
    public final void mayReceive(@Nullable Predicate<String> permission) {
        this.mayReceive = permission;
    }

    // ---- out to the client

    /**
     * Delivers a message now or keeps it for later, as far as the limits allow.
     *
     * @param origin the shared subscription it came through, or null
     * @return whether the session took it; a shared subscription asks the next member if not
     */
    public abstract boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin);

    /** Whether it could take another message without dropping one or making it wait for long. */
    public abstract boolean isReady();

    /** Sends what waits, as far as the client takes it. */
    public final void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            while (!closed && outlet.hasRoom() && takeTurn()) {
                // the turn does the work
            }
        } finally {
            pumping = false;
        }
    }

    /** Sends one message: by turns one that waits and one of the source, so that neither waits for the other's end. */
    private boolean takeTurn() {
        if (source != null && isSourcesTurn && takeFromSource()) {
            isSourcesTurn = false;
            return true;
        }
        if (sendNext()) {
            isSourcesTurn = true;
            return true;
        }
        return source != null && takeFromSource();
    }

    private boolean takeFromSource() {
        PacedSource present = source;
        PacedSource.Rest rest = present == null ? PacedSource.Rest.NONE : present.next();
        if (rest == PacedSource.Rest.NONE) {
            endSource();
        }
        return rest == PacedSource.Rest.HANDED_OVER;
    }

    /** Sends the next waiting message if the window has room for it; says whether it did. */
    abstract boolean sendNext();

    /** The source of messages (the retained replay) that goes on whenever the session has room for more, or null. */
    public final @Nullable PacedSource source() {
        return source;
    }

    /** Lets a source go on whenever the session has room for more, until nothing is left of it. */
    public final void source(PacedSource added) {
        source = added;
        pump();
    }

    /** Ends what the source has for this subscription [MQTT-3.10.4-2]. */
    public final void unsubscribed(String filter) {
        if (source != null) {
            source.unsubscribed(filter);
        }
    }

    /** The session is given this message, or its client has published it: nothing older of its topic comes after it. */
    public final void overtakenBy(Message newer) {
        if (source != null) {
            source.overtakenBy(newer);
        }
    }

    /** A limit took a message that the session was to have. */
    public final void missed(Message message) {
        if (source != null && message.isRetain()) {
            source.missed(message);
        }
    }

    /** Whether it takes a retained message with this QoS now. */
    public abstract boolean takesRetained(int qos);

    /** Whether a message is short enough for this session's queue, if it were empty. */
    public boolean mayEverQueue(Message message) {
        return message.size() <= services.limits().maxBytes();
    }

    /** Whether so much waits for the client that retained messages wait until it is less. */
    public abstract boolean isFarBehind();

    /** Calls back with each message that waits here for the client, unless it {@link #isFarBehind}. */
    public abstract void forEachUnsent(Consumer<Message> visitor);

    /**
     * Delivers a retained message to a session that {@link #takesRetained takes} it; on its thread.
     *
     * @param copy asked whether it is still to be sent when its turn comes
     * @return whether the session has it: if not, its queue has no room for it now. Never exceptionally: a store that
     *     fails ends the connection
     */
    public abstract CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy);

    /** Whether the client owes acknowledgements, or the store has yet to hear of some: they make room. */
    public boolean isOwed() {
        return !window.isEmpty();
    }

    /** Room has been made for what a source has left. */
    final void roomMade() {
        if (source != null) {
            pump();
        }
    }

    /** Sends what waits, and looks for what came into its queue between its attach and now, of which nobody has told it. */
    public void catchUp() {
        pump();
    }

    /** Called about once a second: takes up what a failed call left. */
    public void tick() {
        verifyAgain();
        tickSource();
        pump();
    }

    /** A QoS 0 PUBLISH, sent or dropped; never queued here. */
    final boolean deliverQos0(Message message, boolean retain, int[] subscriptionIdentifiers) {
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
    final boolean mayDeliver(Message message) {
        if (message.isExpired(thread.nowMillis())) {
            services.metrics().dropped(Dropped.EXPIRED); // [MQTT-3.3.2-5]
            outlet.dropped(message, Dropped.EXPIRED);
            return false;
        }
        return mayReceive(message);
    }

    /** The same for a message that has not waited here: one for now only is not expired yet. */
    final boolean mayDeliverAtOnce(Message message) {
        return message.isForNowOnly() ? mayReceive(message) : mayDeliver(message);
    }

    /** Whether the client may have the message; counts it if not. */
    final boolean mayReceive(Message message) {
        Predicate<String> permission = mayReceive;
        if (permission != null && !permission.test(message.topic())) {
            services.metrics().dropped(Dropped.NOT_AUTHORIZED);
            outlet.dropped(message, Dropped.NOT_AUTHORIZED);
            return false;
        }
        return true;
    }

    /** Writes a PUBLISH at a position of the queue and notes it in the window. */
    final void send(long seq, Message message, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers) {
        boolean sent = outlet.publish(message, QueuedMessage.packetId(seq), qos, retain, dup, subscriptionIdentifiers);
        if (!sent || qos == 0) {
            window.sent(seq, InflightWindow.State.DONE);
            skipped(seq);
        } else {
            window.sent(seq, qos == 1 ? InflightWindow.State.AWAITING_PUBACK : InflightWindow.State.AWAITING_PUBREC);
        }
    }

    // ---- subscriptions

    /** How many subscriptions there are, with those that the store is being told of. */
    public final int subscriptionCount() {
        return slot.subscriptionCount() + promised.size();
    }

    /** Whether a subscription with this filter has been granted and is not in the slot yet. */
    public final boolean isPromised(String filter) {
        return promised.contains(filter);
    }

    /** Counts subscriptions that have been granted, and are none yet. */
    public final void promise(Set<String> filters) {
        if (filters.isEmpty()) {
            return;
        }
        if (promised.isEmpty()) {
            promised = new HashSet<>(filters);
        } else {
            promised.addAll(filters);
        }
    }

    /** They are in the slot now, or never will be. */
    public final void keptPromise(Set<String> filters) {
        if (!promised.isEmpty()) {
            filters.forEach(promised::remove);
        }
        if (promised.isEmpty()) {
            promised = Set.of(); // what is kept of a connected session is little
        }
    }

    /** Has the store keep subscriptions that are about to be routed; complete when it has them. */
    public abstract CompletableFuture<?> keep(List<Subscription> subscriptions);

    /** Has the store forget subscriptions that are about to leave the routes; complete when it has. */
    public abstract CompletableFuture<?> forget(List<String> filters);

    // ---- acknowledgements from the client

    /** What an acknowledgement of the client was to its session. */
    public enum Acknowledgement {
        /** It was awaited, or repeats one that was. */
        TAKEN,
        /** Nothing with its packet identifier is in flight. */
        UNKNOWN,
        /** A message with its packet identifier is in flight, but awaits another packet: the client is mistaken. */
        WRONG
    }

    /** PUBACK. */
    public final Acknowledgement puback(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBACK);
    }

    /** PUBCOMP. */
    public final Acknowledgement pubcomp(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBCOMP);
    }

    /** PUBREC with a reason code of 0x80 or more: the exchange is over [MQTT-4.4.0-2]. */
    public final Acknowledgement pubrecRefused(int packetId) {
        return done(packetId, InflightWindow.State.AWAITING_PUBREC);
    }

    /**
     * PUBREC: the release is stored, then PUBREL leaves. A repeated one is answered again.
     *
     * @return UNKNOWN if the packet identifier is not in use: the caller answers PUBREL with 0x92
     */
    public final Acknowledgement pubrec(int packetId) {
        long seq = window.seqOf(packetId);
        switch (window.state(seq)) {
            case AWAITING_PUBREC -> {
                window.move(seq, InflightWindow.State.RELEASING);
                storeRelease(seq);
            }
            case AWAITING_PUBCOMP -> outlet.pubrel(packetId);
            case RELEASING -> {
                // answered when the store has it
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

    /** Has the release of a position stored, then calls {@link #released}. */
    abstract void storeRelease(long seq);

    final void released(long seq) {
        if (!closed && window.state(seq) == InflightWindow.State.RELEASING) {
            window.move(seq, InflightWindow.State.AWAITING_PUBCOMP);
            outlet.pubrel(QueuedMessage.packetId(seq)); // [MQTT-4.3.3-4]
        }
    }

    private Acknowledgement done(int packetId, InflightWindow.State expected) {
        long seq = window.seqOf(packetId);
        InflightWindow.State state = window.state(seq);
        if (state == expected) {
            window.move(seq, InflightWindow.State.DONE);
            acknowledged(seq);
            pump();
            return Acknowledgement.TAKEN;
        }
        return switch (state) {
            case DONE -> Acknowledgement.UNKNOWN;
            // One that comes while the store is being told of the PUBREC before it has not waited for PUBREL.
            case RELEASING, AWAITING_PUBCOMP ->
                expected == InflightWindow.State.AWAITING_PUBREC ? Acknowledgement.TAKEN : Acknowledgement.WRONG;
            default -> Acknowledgement.WRONG;
        };
    }

    /** A position is done; the window has moved already. */
    abstract void acknowledged(long seq);

    /** A position needs no exchange, though its turn has come; the window has moved already. */
    abstract void skipped(long seq);

    // ---- a store that may have lost its last writes

    /**
     * Tells the store what is known here; ends the connection if the store has lost the session.
     *
     * @param fenced whether the store lets nothing else through meanwhile
     * @return done when the store has answered
     */
    final CompletableFuture<?> reassert(boolean fenced) {
        AttachRequest asked = attach;
        if (closed || asked == null) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<?> answered = assertTo(asked, fenced)
                .whenComplete((present, failure) -> thread.execute(() -> {
                    if (failure != null && isStale(failure)) {
                        overtaken();
                    } else if (failure != null) {
                        failed(failure);
                    } else if (!present) {
                        lost();
                    }
                }))
                .toCompletableFuture();
        tellAgain();
        return answered;
    }

    private CompletionStage<Boolean> assertTo(AttachRequest asked, boolean fenced) {
        Assertion assertion = new Assertion(
                asked,
                isKept(),
                began,
                slot.born(),
                fenced,
                highestSeq(),
                leftOut(),
                isKept() ? slot.subscriptions() : List.of(),
                inbound.packetIds());
        return services.store().reassert(ref, assertion);
    }

    /** Has the store told again of what it acknowledged lately, and asked again for what it refused. */
    abstract void tellAgain();

    /**
     * Asks whether a later attach has the session, or nobody has. If neither is so the store had lost this attach, and knows of
     * it again: what it has refused meanwhile is asked for again.
     */
    final void verify() {
        AttachRequest asked = attach;
        if (closed || asked == null || verifying) {
            return;
        }
        verifying = true;
        assertTo(asked, false)
                .whenComplete((present, failure) -> thread.execute(() -> {
                    verifying = false;
                    if (closed) {
                        return;
                    }
                    if (failure != null && isStale(failure)) {
                        overtaken();
                    } else if (failure != null) {
                        verifiesAgain = true;
                    } else if (!present) {
                        lost();
                    } else {
                        tellAgain();
                    }
                }));
    }

    /** Takes up a {@link #verify} that the store has not answered. */
    final void verifyAgain() {
        if (verifiesAgain) {
            verifiesAgain = false;
            verify();
        }
    }

    static boolean isStale(Throwable failure) {
        return failure instanceof StaleSessionException
                || (failure instanceof CompletionException && failure.getCause() instanceof StaleSessionException);
    }

    private void overtaken() {
        if (!closed) {
            close();
            outlet.takenOver();
        }
    }

    private void lost() {
        if (!closed) {
            close();
            services.metrics().sessionLost();
            outlet.sessionLost();
            services.neighbours().doubted(slot.clientId());
        }
    }

    /** The store answered no: a later attach has the session, or the store is away. Callable on any thread. */
    final void failed(Throwable failure) {
        thread.execute(() -> {
            if (closed) {
                return;
            }
            if (isStale(failure) && attach != null) {
                verify();
            } else if (isStale(failure)) {
                overtaken();
            } else {
                services.metrics().dropped(Dropped.STORE);
                outlet.storeFailed();
            }
        });
    }

    // ---- the end

    /** Stops all delivery: the connection has gone, or a later one has taken the session over. */
    final void close() {
        closed = true;
        endSource();
    }

    final void tickSource() {
        if (source != null) {
            source.tick();
        }
    }

    private void endSource() {
        if (source != null) {
            source.close();
            source = null;
        }
    }

    /**
     * What came through shared subscriptions and was not acknowledged goes to other members, unless a later connection
     * has the session.
     *
     * @param settled what {@link #settle} has answered: exceptionally if a later connection has it
     * @param ended whether the session ends with its connection
     */
    abstract void redistributeShared(CompletableFuture<?> settled, boolean ended);

    /** The highest position that this session has heard of, sent or not. */
    long highestSeq() {
        return sentMark();
    }

    /** Ranges of positions below it at which this session knows nothing to have been put. */
    List<SeqRange> leftOut() {
        return List.of();
    }

    /** The highest position that may have been sent. */
    public final long sentMark() {
        return window.next() - 1;
    }

    /** Has the store told of everything that is acknowledged; a no-op for a clean session. */
    abstract CompletableFuture<@Nullable Void> settle();
}
