// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One session's record. Every field but the client identifier is read and written under this object's monitor; the
 * parts that an idle clean session does not need are made at their first use.
 */
final class MemorySession {
    /** The record, its limits and times, and its places in the map, in the index of routes and in the schedule. */
    private static final int OWN_BYTES = 400;
    /** A subscription, its filter's headers and its entry in the map. */
    private static final int SUBSCRIPTION_BYTES = 120;
    /** A cursor, its arrays' headers and its entry in the map. */
    private static final int CURSOR_BYTES = 240;

    final String clientId;
    private final HeldMemory memory;
    /** What this record is charged; its queue and what else it holds say for themselves. */
    private int charged;

    // valid for the session
    long born;
    String principal;
    boolean clean;
    /** Whether it stands among the kept sessions of its principal. */
    boolean counted;

    boolean erased;
    private Map<String, Subscription> subscriptions = Map.of();
    /** Null as long as there has been none. */
    private @Nullable Cursors cursors;

    @Nullable
    OutboundQueue queue;

    @Nullable
    InboundPackets inbound;

    // valid for the connection, some of it until the next one
    long epoch;
    /** The connection that was displaced by the present one, or 0. */
    long displacedEpoch;

    @Nullable
    String owner;

    Duration expiry;

    /** Changed by {@link #will(Will)} alone. */
    @Nullable
    Will will;

    QueueLimits limits;

    // valid while offline
    @Nullable
    Scheduled<MemorySession> end;

    @Nullable
    Scheduled<DueWill> delayedWill;

    /** How far the session has come in logs. */
    private static final class Cursors {
        final SortedMap<Integer, LogCursor> bySlot = new TreeMap<>();
        /** The epoch of who last kept some. */
        long keptBy;
    }

    MemorySession(AttachRequest request, HeldMemory memory) {
        this.memory = memory;
        clientId = request.clientId();
        principal = request.principal();
        expiry = request.expiry();
        limits = request.limits();
        recharge(OWN_BYTES + clientId.length() + principal.length());
    }

    private void recharge(int bytes) {
        if (bytes != charged) {
            memory.add(HeldMemory.Kind.SESSIONS, bytes - charged);
            charged = bytes;
        }
    }

    /** Whose it is from now on. */
    void belongsTo(String newPrincipal) {
        principal = newPrincipal;
        recharge(OWN_BYTES + clientId.length() + principal.length());
    }

    /** The will of the connection, or that there is none any more. */
    void will(@Nullable Will newWill) {
        Will old = will;
        if (newWill != null) {
            newWill.message().hold(memory, HeldMemory.Kind.WILLS);
        }
        will = newWill;
        if (old != null) {
            old.message().letGo(memory);
        }
    }

    /** The record leaves the store. */
    void letGo() {
        forget();
        will(null);
        recharge(0);
    }

    /** The session and its present epoch. */
    SessionRef ref() {
        return new SessionRef(clientId, epoch);
    }

    /** Whether there is no such session: never attached yet, erased, or expired and waiting for the sweep. */
    boolean isOver(long nowMillis) {
        return epoch == 0 || erased || (end != null && end.isPast(nowMillis));
    }

    /** Whether a target means this session, and not another one of the client identifier. */
    boolean isMeantBy(EnqueueTarget target) {
        return target.born() == EnqueueTarget.ANY_SESSION || target.born() == born;
    }

    /** Forgets all that belongs to the session, so that the record can begin another one. */
    void forget() {
        subscriptions.keySet().forEach(filter -> charge(filter, false));
        subscriptions = Map.of();
        cursors().forEach(cursor -> charge(cursor, false));
        cursors = null;
        if (queue != null) {
            queue.letGo();
            queue = null;
        }
        if (inbound != null) {
            inbound.letGo();
            inbound = null;
        }
    }

    private void charge(String filter, boolean isNew) {
        int bytes = SUBSCRIPTION_BYTES + filter.length();
        memory.add(HeldMemory.Kind.SUBSCRIPTIONS, isNew ? bytes : -bytes);
    }

    OutboundQueue queue() {
        if (queue == null) {
            queue = new OutboundQueue(owner != null, memory);
        }
        return queue;
    }

    InboundPackets inbound() {
        if (inbound == null) {
            inbound = new InboundPackets(memory);
        }
        return inbound;
    }

    void dropInbound(int packetId) {
        if (inbound != null) {
            inbound.drop(packetId);
            inbound = inbound.isEmpty() ? null : inbound;
        }
    }

    int identifiers() {
        return cursors == null ? QueuedMessage.IDENTIFIERS : LogCursor.QUEUE_IDENTIFIERS;
    }

    List<LogCursor> cursors() {
        return cursors == null ? List.of() : List.copyOf(cursors.bySlot.values());
    }

    /** As {@link dev.holdfast.store.session.SessionStore#keepCursors}. */
    boolean keepCursors(List<LogCursor> changed) {
        Cursors all = cursors;
        if (all == null) {
            if (queue != null && !queue.giveUpIdentifiers()) {
                return false;
            }
            all = new Cursors();
            cursors = all;
        }
        all.keptBy = epoch;
        keep(all.bySlot, changed);
        return true;
    }

    /** The displaced owner says how far it has come, unless the present one has said more. */
    void handedOver(List<LogCursor> last) {
        if (cursors != null && cursors.keptBy <= displacedEpoch) {
            keep(
                    cursors.bySlot,
                    owner == null
                            ? last
                            : last.stream().map(LogCursor::withoutMark).toList());
        }
    }

    private void keep(SortedMap<Integer, LogCursor> all, List<LogCursor> changed) {
        for (LogCursor cursor : changed) {
            LogCursor before = cursor.isOver() ? all.remove(cursor.slot()) : all.put(cursor.slot(), cursor);
            charge(before, false);
            charge(cursor.isOver() ? null : cursor, true);
        }
    }

    private void charge(@Nullable LogCursor cursor, boolean isNew) {
        if (cursor != null) {
            int bytes = CURSOR_BYTES
                    + cursor.subscription().filter().length()
                    + Long.BYTES * (cursor.done().length + cursor.released().length);
            memory.add(HeldMemory.Kind.SUBSCRIPTIONS, isNew ? bytes : -bytes);
        }
    }

    List<Subscription> subscriptions() {
        return List.copyOf(subscriptions.values());
    }

    boolean hasSubscriptions() {
        return !subscriptions.isEmpty();
    }

    List<Boolean> subscribe(List<Subscription> added) {
        List<Boolean> isNew = new ArrayList<>(added.size());
        for (Subscription subscription : added) {
            if (!subscriptions.containsKey(subscription.filter())) {
                charge(subscription.filter(), true);
            }
            if (subscriptions.isEmpty()) {
                // Most sessions have one subscription: a map of one costs 24 bytes.
                subscriptions = Map.of(subscription.filter(), subscription);
                isNew.add(true);
                continue;
            }
            isNew.add(growing().put(subscription.filter(), subscription) == null);
        }
        return isNew;
    }

    List<Boolean> unsubscribe(List<String> filters) {
        List<Boolean> existed = new ArrayList<>(filters.size());
        for (String filter : filters) {
            boolean exists = subscriptions.containsKey(filter);
            existed.add(exists);
            if (exists) {
                charge(filter, false);
            }
            if (exists && subscriptions.size() == 1) {
                subscriptions = Map.of();
            } else if (exists) {
                growing().remove(filter);
            }
        }
        return existed;
    }

    SessionView view() {
        return new SessionView(
                clientId,
                principal,
                owner,
                epoch,
                born,
                expiry,
                subscriptions(),
                queue == null ? 0 : queue.owed(),
                queue == null ? 0 : queue.bytes(),
                queue == null ? 0 : queue.dropped(),
                end == null ? null : Instant.ofEpochMilli(end.atMillis()),
                will != null || delayedWill != null,
                delayedWill == null ? null : Instant.ofEpochMilli(delayedWill.atMillis()),
                identifiers(),
                cursors());
    }

    private Map<String, Subscription> growing() {
        if (!(subscriptions instanceof LinkedHashMap)) {
            subscriptions = new LinkedHashMap<>(subscriptions);
        }
        return subscriptions;
    }
}
