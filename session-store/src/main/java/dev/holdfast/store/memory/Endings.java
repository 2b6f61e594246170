// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.DueWill;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to become of sessions that are offline: their ends stand in one schedule, wills that wait for their delay in
 * another, and wills that are due among the due ones, until somebody says that they have been published. A will whose
 * delay is not shorter than the session's remaining life stands in none: it goes with the session's end.
 *
 * <p>What takes a session is called under its monitor; the rest on any thread.
 */
final class Endings {
    private final DueQueue<MemorySession> ends = new DueQueue<>();
    private final DueQueue<DueWill> delayed = new DueQueue<>();
    private final DueWills due;
    private final HeldMemory memory;

    Endings(HeldMemory memory) {
        this.memory = memory;
        due = new DueWills(memory);
    }

    DueWills due() {
        return due;
    }

    /**
     * A session is offline now.
     *
     * @return its will if that has no delay: the caller's to publish
     */
    @Nullable
    DueWill wentOffline(MemorySession session, @Nullable Will will, long now) {
        long endsAt = Deadline.after(now, session.expiry);
        if (endsAt != Deadline.NEVER) {
            session.end = ends.add(endsAt, session);
        }
        if (will == null) {
            return null;
        }
        if (will.delay().isZero()) {
            return due.handOut(session.ref(), will, now);
        }
        DueWill waiting = new DueWill(session.ref(), will);
        will.message()
                .hold(memory, HeldMemory.Kind.WILLS); // until whoever takes it out of where it waits lets go of it
        long dueAt = Deadline.after(now, will.delay());
        session.delayedWill = dueAt < endsAt || endsAt == Deadline.NEVER
                ? delayed.add(dueAt, waiting)
                : new Scheduled<>(dueAt, 0, waiting);
        return null;
    }

    /** An offline session ends at another time, counted from now on. */
    void prolonged(MemorySession session, long now) {
        if (session.end != null) {
            ends.cancel(session.end);
        }
        long endsAt = Deadline.after(now, session.expiry);
        session.end = endsAt == Deadline.NEVER ? null : ends.add(endsAt, session);
        Scheduled<DueWill> waiting = session.delayedWill;
        if (waiting != null && waiting.number() == 0 && (session.end == null || waiting.atMillis() < endsAt)) {
            session.delayedWill = delayed.add(waiting.atMillis(), waiting.what());
        }
    }

    /**
     * Takes an offline session out of the schedules.
     *
     * @param isEnding whether the session ends, which makes its waiting will due [MQTT-3.1.3-9]; otherwise the will is
     *     cancelled, unless its time has come already: then it is left to whoever asks first
     * @return the will that is due now and the caller's to publish, or null
     */
    @Nullable
    DueWill cancel(MemorySession session, boolean isEnding, long now) {
        if (session.end != null) {
            ends.cancel(session.end);
            session.end = null;
        }
        Scheduled<DueWill> waiting = session.delayedWill;
        session.delayedWill = null;
        if (waiting == null) {
            return null;
        }
        boolean scheduled = waiting.number() != 0;
        if (scheduled && !delayed.cancel(waiting)) {
            return null; // the sweep has it
        }
        DueWill will = waiting.what();
        DueWill dueNow = null;
        if (isEnding) {
            dueNow = due.handOut(will.connection(), will.will(), now);
        } else if (scheduled && waiting.isPast(now)) {
            due.due(will.connection(), will.will(), now);
        }
        will.will().message().letGo(memory);
        return dueNow;
    }

    /** Takes out the end of a session whose time has passed, or answers null; an attach may have been faster. */
    @Nullable
    Scheduled<MemorySession> claim(long now) {
        return ends.claim(now);
    }

    /** Hands out the wills whose time has come, as far as there is room in a list. */
    void claimWills(long now, int atMost, List<DueWill> into) {
        Scheduled<DueWill> will;
        while (into.size() < atMost && (will = delayed.claim(now)) != null) {
            into.add(due.handOut(will.what().connection(), will.what().will(), now));
            will.what().will().message().letGo(memory);
        }
        due.claim(now, atMost, into);
    }

    /** Gives back all wills: the store is closed, and its sessions have been cancelled. */
    void letGo() {
        Scheduled<DueWill> will;
        while ((will = delayed.claim(Deadline.NEVER)) != null) {
            will.what().will().message().letGo(memory);
        }
        due.letGo();
    }
}
