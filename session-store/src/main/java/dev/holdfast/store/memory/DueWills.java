// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The wills that are due and have not been published yet, by the connection that they came with. Each has a time at
 * which the sweep takes it, which handing it out puts off. Any thread.
 */
final class DueWills {
    /** For so long the gateway of a displaced connection may say what is to become of its will. */
    static final Duration WORD = Duration.ofSeconds(3);
    /** For so long a will that was handed out is kept from others. */
    static final Duration LEASE = Duration.ofSeconds(7);

    private final HeldMemory memory;
    private final ConcurrentHashMap<SessionRef, Entry> entries = new ConcurrentHashMap<>();
    private final DueQueue<SessionRef> visits = new DueQueue<>();
    /** How many there are, by client identifier. */
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

    /**
     * One will.
     *
     * @param awaited whether its displaced gateway's word is waited for; else it has been handed out
     */
    private record Entry(Will will, boolean awaited, Scheduled<SessionRef> visit) {}

    DueWills(HeldMemory memory) {
        this.memory = memory;
    }

    private void put(SessionRef connection, Entry entry) {
        entry.will().message().hold(memory, HeldMemory.Kind.WILLS);
        Entry old = entries.put(connection, entry);
        if (old == null) {
            counts.merge(connection.clientId(), 1, Integer::sum);
        } else {
            old.will().message().letGo(memory);
        }
    }

    /** Gives back all that it holds: the store is closed. */
    void letGo() {
        entries.keySet().forEach(this::published);
    }

    /** Waits for the word of a displaced connection's gateway. */
    void await(SessionRef connection, Will will, long nowMillis) {
        put(connection, new Entry(will, true, visits.add(nowMillis + WORD.toMillis(), connection)));
    }

    /** Hands a will out that nobody has been handed yet. */
    DueWill handOut(SessionRef connection, Will will, long nowMillis) {
        put(connection, handedOut(connection, will, nowMillis));
        return new DueWill(connection, will);
    }

    /** A will is due that nobody publishes: it is handed out to whoever comes first. */
    void due(SessionRef connection, Will will, long nowMillis) {
        put(connection, new Entry(will, false, visits.add(nowMillis, connection)));
    }

    /** How many wills of a client identifier are due and have not been published. */
    int count(String clientId) {
        return counts.getOrDefault(clientId, 0);
    }

    /** Hands out those of a client identifier that nobody publishes. */
    SessionStore.WillsLeft left(String clientId, long nowMillis) {
        if (count(clientId) == 0) {
            return SessionStore.WillsLeft.NONE;
        }
        List<DueWill> due = new ArrayList<>();
        boolean[] othersPublish = new boolean[1];
        for (SessionRef connection : entries.keySet()) {
            if (connection.clientId().equals(clientId)) {
                change(connection, known -> {
                    if (!known.visit().isPast(nowMillis)) {
                        othersPublish[0] = true;
                        return known;
                    }
                    due.add(new DueWill(connection, known.will()));
                    return handedOut(connection, known.will(), nowMillis);
                });
            }
        }
        return new SessionStore.WillsLeft(due, othersPublish[0]);
    }

    /** The word of the gateway; answers the will if it is the caller's to publish now. */
    @Nullable
    DueWill settle(SessionRef connection, boolean publish, long nowMillis) {
        DueWill[] settled = new DueWill[1];
        change(connection, known -> {
            if (!publish) {
                return null;
            }
            if (known.awaited()) {
                settled[0] = new DueWill(connection, known.will());
                return handedOut(connection, known.will(), nowMillis);
            }
            return known;
        });
        return settled[0];
    }

    /** Forgets a will that has been published. */
    void published(SessionRef connection) {
        change(connection, known -> null);
    }

    /** Hands out those whose time has come, as far as there is room in a list. */
    void claim(long nowMillis, int atMost, List<DueWill> into) {
        Scheduled<SessionRef> visit;
        while (into.size() < atMost && (visit = visits.claim(nowMillis)) != null) {
            Scheduled<SessionRef> claimed = visit;
            change(visit.what(), known -> {
                if (!claimed.equals(known.visit())) {
                    return known;
                }
                into.add(new DueWill(claimed.what(), known.will()));
                return handedOut(claimed.what(), known.will(), nowMillis);
            });
        }
    }

    private Entry handedOut(SessionRef connection, Will will, long nowMillis) {
        return new Entry(will, false, visits.add(nowMillis + LEASE.toMillis(), connection));
    }

    private void change(SessionRef connection, UnaryOperator<@Nullable Entry> change) {
        entries.computeIfPresent(connection, (ref, known) -> {
            Entry changed = change.apply(known);
            if (!known.equals(changed)) {
                visits.cancel(known.visit());
            }
            if (changed == null) {
                counts.computeIfPresent(connection.clientId(), (id, count) -> count > 1 ? count - 1 : null);
                known.will().message().letGo(memory);
            }
            return changed;
        });
    }
}
