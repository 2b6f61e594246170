// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.outbound.Outbound;
import dev.holdfast.gateway.session.outbound.StoreFailures;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The session of one live connection: what it subscribes to, its will, the messages that it sends
 * ({@link #outbound}) and the QoS 2 messages that it receives ({@link #inbound}). On its thread, unless a method says otherwise.
 */
public final class Session implements StoreFailures {
    private static final CompletableFuture<Object> NOTHING = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<?> NOT_STORED = CompletableFuture.completedFuture(null);

    private final SessionSlot slot;
    private final SessionServices services;
    private final Outbound outbound;
    /** Made at the first use, unless something is resumed: most clients never publish at QoS 2. */
    private @Nullable InboundExchanges inbound;

    private @Nullable Will will;
    private @Nullable SessionClaim claim;
    private volatile String principal = "";
    private boolean broughtWill;
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
        this.services = services;
        outbound = new Outbound(
                services.outbound(), slot.isKept() ? slot : null, attached, thread, outlet, receiveMaximum, this);
        if (!attached.inboundPacketIds().isEmpty()) {
            inbound = newInbound(attached.inboundPacketIds());
        }
    }

    private InboundExchanges newInbound(Collection<Integer> packetIds) {
        return isKept()
                ? InboundExchanges.inStore(services.store(), ref(), thread(), services.memory(), packetIds)
                : InboundExchanges.inMemory(services.memory());
    }

    /** Its place in the routes. Any thread. */
    public SessionSlot slot() {
        return slot;
    }

    /** The client identifier. Any thread. */
    public String clientId() {
        return outbound.ref().clientId();
    }

    /** The right to change this session in the store. Any thread. */
    public SessionRef ref() {
        return outbound.ref();
    }

    /** The thread of the connection and of this session. Any thread. */
    public SessionThread thread() {
        return outbound.thread();
    }

    /** Whether the session outlives its connection. Any thread. */
    public boolean isKept() {
        return slot.isKept();
    }

    /** Whether the connection has gone or has been taken over: nothing is delivered any more. */
    public boolean isClosed() {
        return outbound.isClosed();
    }

    /** Whether a message with this QoS is to be put into the session's queue in the store before it is delivered. */
    public boolean isStoredFirst(int qos) {
        return qos > 0 && slot.isKept();
    }

    /** The messages on their way to the client. */
    public Outbound outbound() {
        return outbound;
    }

    /** The QoS 2 messages that have been received and not been distributed. */
    public InboundExchanges inbound() {
        InboundExchanges present = inbound;
        if (present == null) {
            present = newInbound(List.of());
            inbound = present;
        }
        return present;
    }

    /** Whether the client has published at QoS 2, or resumes an exchange. */
    boolean hasInbound() {
        return inbound != null;
    }

    /** The sum of the sizes of the QoS 2 messages that this connection has brought and not released, in bytes. */
    public long inboundBytes() {
        return inbound == null ? 0 : inbound.heldBytes();
    }

    /** The connection. Any thread. */
    Outlet outlet() {
        return outbound.outlet();
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
        if (will != null && !outbound.hasLetGo()) {
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
        thread().execute(outlet()::disconnected);
    }

    /** Has the session kept for this long after its connection has ended. Any thread. */
    public void keepFor(Duration expiry) {
        thread().execute(() -> {
            outlet().keepFor(expiry);
            if (outbound.hasLogs()) {
                outbound.logs().keepFor(expiry);
            }
        });
    }

    /** Has the connection look whether it is traced. Any thread. */
    public void retrace() {
        thread().execute(outlet()::retrace);
    }

    /** What an operator may know of this session; looked up on its thread. Any thread. */
    public CompletableFuture<SessionFacts> facts() {
        return CompletableFuture.supplyAsync(
                () -> new SessionFacts(
                        outlet().facts(),
                        outbound.unfinished(),
                        outbound.receiveMaximum(),
                        inbound == null ? 0 : inbound.size(),
                        outbound.waiting(),
                        outbound.waitingBytes()),
                thread());
    }

    // ---- subscriptions

    /** How many subscriptions there are, with those that the store is being told of. */
    public int subscriptionCount() {
        int inLogs = outbound.hasLogs() ? outbound.logs().count() : 0;
        return slot.subscriptionCount() + inLogs + promised.size();
    }

    /** The subscription with exactly this filter, whether it uses the queue or reads a log; or null. */
    public @Nullable Subscription subscription(String filter) {
        Subscription queued = slot.subscription(filter);
        return queued == null && outbound.hasLogs() ? outbound.logs().subscription(filter) : queued;
    }

    /** Whether there is a subscription with exactly this filter that reads a log. It is in no routes. */
    public boolean readsLog(String filter) {
        return outbound.hasLogs() && outbound.logs().subscription(filter) != null;
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

    /**
     * Has the store keep subscriptions; done when it has them. Those with wide filters read logs from then on, where that is
     * possible; the others are about to be routed.
     */
    public CompletableFuture<?> keep(List<Subscription> subscriptions) {
        if (!isKept()) {
            return NOT_STORED;
        }
        Map<String, Subscription> wide = new LinkedHashMap<>(0);
        List<Subscription> others = new ArrayList<>(subscriptions.size());
        for (Subscription each : subscriptions) {
            if (isForLog(each.filter())) {
                wide.put(each.filter(), each); // of one filter the last one counts [MQTT-3.8.4-3]
            } else {
                others.add(each);
            }
        }
        CompletableFuture<?> stored = others.isEmpty() && !wide.isEmpty() ? NOT_STORED : subscribe(others);
        if (wide.isEmpty()) {
            return stored;
        }
        List<Subscription> inLogs = List.copyOf(wide.values());
        CompletableFuture<?> begun = outbound.logs()
                .begin(inLogs, outlet().facts().expiry())
                .<Object>thenCompose(
                        may -> may ? NOTHING : subscribe(withoutLog(inLogs)).thenApply(all -> all));
        return CompletableFuture.allOf(stored, begun);
    }

    /** Those that do not read their log already: with the queue besides they would get each message twice. */
    private List<Subscription> withoutLog(List<Subscription> subscriptions) {
        return subscriptions.stream().filter(each -> !readsLog(each.filter())).toList();
    }

    private CompletableFuture<?> subscribe(List<Subscription> subscriptions) {
        return services.store().subscribe(ref(), subscriptions).toCompletableFuture();
    }

    /** A subscription stays with the queue or with the log for as long as it lives. */
    private boolean isForLog(String filter) {
        if (outbound.hasLogs() && (readsLog(filter) || outbound.logs().isBeginning(filter))) {
            return true;
        }
        return !slot.hasSubscription(filter)
                && !isPromised(filter)
                && services.logs().isWide(filter);
    }

    /** Has the store forget subscriptions, which are about to leave the routes if they are there; done when it has. */
    public CompletableFuture<?> forget(List<String> filters) {
        if (!isKept()) {
            return NOT_STORED;
        }
        CompletableFuture<?> forgotten =
                services.store().unsubscribe(ref(), filters).toCompletableFuture();
        return outbound.hasLogs()
                ? CompletableFuture.allOf(forgotten, outbound.logs().end(filters))
                : forgotten;
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
            claim = new SessionClaim(this, services.store(), request, isNew);
            if (isDoubted) {
                claim.verify();
            }
        }
    }

    /** As {@link SessionClaim#reassert}. */
    CompletableFuture<?> reassert(boolean isFenced) {
        return isClosed() || claim == null ? NOT_STORED : claim.reassert(isFenced);
    }

    /** As {@link SessionClaim#verify}. */
    void verify() {
        if (claim != null) {
            claim.verify();
        }
    }

    /** A later attach has the session: the connection ends. */
    void overtaken() {
        if (!isClosed()) {
            outbound.close();
            outlet().takenOver();
        }
    }

    /** The store has lost the session: the connection ends. */
    void lost() {
        if (!isClosed()) {
            outbound.close();
            services.metrics().sessionLost();
            outlet().sessionLost();
            services.neighbours().doubted(slot.clientId());
        }
    }

    /** The store has refused a call because a later attach has the session, or it could not answer. Any thread. */
    @Override
    public void failed(Throwable failure) {
        thread().execute(() -> {
            if (isClosed()) {
                return;
            }
            if (StaleSessionException.isCauseOf(failure) && claim != null) {
                claim.verify();
            } else if (StaleSessionException.isCauseOf(failure)) {
                overtaken();
            } else {
                services.metrics().dropped(Dropped.STORE);
                outlet().storeFailed();
            }
        });
    }

    // ---- the turn of the clock, and the end

    /** About once a second: takes up what a failed call to the store has left, and gives back memory that is not needed. */
    public void tick() {
        if (claim != null) {
            claim.verifyAgain();
        }
        outbound.tick();
    }

    /** Gives back what the session holds in memory: its connection has left it. Once. */
    void letGo() {
        inbound().letGo(); // made if it is not there: what comes late is not kept
        letGoOfWill();
        outbound.letGo();
    }
}
