// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.store.HeldMemory;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * The one account of what is held in memory for clients, with the {@link MemoryBudget} that it must not exceed. Any thread.
 *
 * <p>A share of the budget is set aside for each kind; the rest, the pool, is for whoever comes. When the pool is used up the
 * kinds that strangers cost stop taking from it first, then those that a client asks for anew, then those that
 * publishers fill: none takes what is set aside for another one. What one client may hold of a kind is a part of what is free, so
 * that however many hold much, those who hold little find room.
 *
 * <p>Cost: a charge adds to a counter that one thread has nearly for itself; only what has come together there is told to
 * the sums that decide, some 64 KiB at a time.
 */
public final class MemoryAccount implements HeldMemory {
    private static final int PARTS = 256;
    private static final long LONGEST_STEP = 64 * 1024;
    private static final long STEPS_IN_BUDGET = 1024;
    /** The share of the pool that may be used before those who publish are held back. */
    private static final double SHORT = 31.0 / 32;

    private static final int STRIPES = 16;
    /** A stripe has cache lines of its own. */
    private static final int STRIPE_LENGTH = 32;

    /** In 256ths of the budget. */
    private enum Share {
        STRANGERS(8, 32, 0.5, 1),
        UNFINISHED_INPUT(8, 32, 0.5, 1),
        SESSIONS(32, PARTS, 0.75, 1),
        OUTPUT(16, PARTS, 1, 1.0 / 8),
        QOS2_HELD(8, PARTS, 1, 1.0 / 8),
        QUEUES(16, PARTS, 1, 1.0 / 8),
        RETAINED(16, 96, 0.75, 1),
        WILLS(4, 32, 0.75, 1),
        SUBSCRIPTIONS(32, PARTS, 0.75, 1.0 / 16);

        /** What is set aside for this kind. */
        private final int own;

        private final int most;
        /** How much of the pool may be used by all before this kind takes no more of it. */
        private final double ofPool;
        /** What one client may hold of what is free. */
        private final double ofOne;

        Share(int own, int most, double ofPool, double ofOne) {
            this.own = own;
            this.most = most;
            this.ofPool = ofPool;
            this.ofOne = ofOne;
        }
    }

    private final Share[] shares = new Share[Kind.COUNT];
    private final MemoryBudget budget;
    private final long pool;
    private final long step;

    /** What threads have charged and not told yet, {@value #STRIPE_LENGTH} longs for each stripe. */
    private final AtomicLongArray untold = new AtomicLongArray(STRIPES * STRIPE_LENGTH);

    private final AtomicLongArray told = new AtomicLongArray(Kind.COUNT);
    /** What follows from the sums; may be late, never torn. */
    private final AtomicLongArray limits = new AtomicLongArray(Kind.COUNT);

    private final AtomicLongArray mostOfOne = new AtomicLongArray(Kind.COUNT);
    private final Consumer<Kind> onRefusal;
    private volatile boolean isShort;

    /** Nothing is held. */
    public MemoryAccount(MemoryBudget budget) {
        this(budget, kind -> {});
    }

    /**
     * Nothing is held.
     *
     * @param onRefusal hears of everything that found no room; any thread, returns at once
     */
    public MemoryAccount(MemoryBudget budget, Consumer<Kind> onRefusal) {
        this.budget = budget;
        this.onRefusal = onRefusal;
        this.step = Math.min(LONGEST_STEP, budget.bytes() / STEPS_IN_BUDGET);
        int setAside = 0;
        for (Kind kind : Kind.values()) {
            Share share = Share.valueOf(kind.name());
            shares[kind.index()] = share;
            setAside += share.own;
        }
        this.pool = part(PARTS - setAside);
        judge();
    }

    private long part(int parts) {
        return budget.bytes() / PARTS * parts;
    }

    @Override
    public void add(Kind kind, long bytes) {
        int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
        int place = stripe * STRIPE_LENGTH + kind.index();
        long together = untold.addAndGet(place, bytes);
        if (together >= step || together <= -step) {
            tell(kind.index(), place);
        }
    }

    private void tell(int kind, int place) {
        told.addAndGet(kind, untold.getAndSet(place, 0));
        judge();
    }

    /** Tells all that is untold; to be called now and then, so that little changes are seen at last. */
    public void settle() {
        for (int kind = 0; kind < Kind.COUNT; kind++) {
            for (int stripe = 0; stripe < STRIPES; stripe++) {
                int place = stripe * STRIPE_LENGTH + kind;
                if (untold.get(place) != 0) {
                    told.addAndGet(kind, untold.getAndSet(place, 0));
                }
            }
        }
        judge();
    }

    private void judge() {
        long ofPool = 0;
        for (int kind = 0; kind < Kind.COUNT; kind++) {
            ofPool += beyondOwn(kind);
        }
        for (int kind = 0; kind < Kind.COUNT; kind++) {
            Share share = shares[kind];
            long others = ofPool - beyondOwn(kind);
            long reach = part(share.own) + Math.max(0, (long) (share.ofPool * pool) - others);
            long limit = Math.min(part(share.most), reach);
            limits.setOpaque(kind, limit);
            mostOfOne.setOpaque(kind, (long) (share.ofOne * Math.max(0, limit - told.get(kind))));
        }
        boolean nowShort = ofPool > SHORT * pool;
        if (nowShort != isShort) {
            isShort = nowShort;
        }
    }

    private long beyondOwn(int kind) {
        return Math.max(0, told.get(kind) - part(shares[kind].own));
    }

    @Override
    public boolean hasRoom(Kind kind, long bytes) {
        return told.get(kind.index()) + bytes <= limit(kind);
    }

    /** How much may be held of a kind as things stand. */
    public long limit(Kind kind) {
        return limits.getOpaque(kind.index());
    }

    @Override
    public long mostOfOne(Kind kind) {
        return mostOfOne.getOpaque(kind.index());
    }

    /** Whether so little is left that publishers whose messages are kept have to wait. */
    public boolean isShort() {
        return isShort;
    }

    @Override
    public void refused(Kind kind) {
        onRefusal.accept(kind);
    }

    /** What is held of a kind; exact when nobody charges meanwhile. */
    public long held(Kind kind) {
        long sum = told.get(kind.index());
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += untold.get(stripe * STRIPE_LENGTH + kind.index());
        }
        return sum;
    }

    /** What may be held, all together. */
    public MemoryBudget budget() {
        return budget;
    }
}
