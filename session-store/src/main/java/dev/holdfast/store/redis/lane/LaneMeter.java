// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.failure.RedisTrouble;
import dev.holdfast.store.redis.failure.RefusalTracker;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the calls that one connection has sent, and those that have failed. Any thread. */
public final class LaneMeter {
    private static final long TROUBLE_NANOS = 3_000_000_000L;

    private final LongAdder calls = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private volatile @Nullable Observer observer;
    private volatile @Nullable String trouble;
    private volatile long troubledAtNanos;
    private final RefusalTracker refusals;

    /** A meter that has counted nothing, and tells refusals to a tracker. */
    public LaneMeter(RefusalTracker refusals) {
        this.refusals = refusals;
    }

    /** All kinds of failures, see {@link Observer#failed}. */
    public static List<String> kinds() {
        return RedisTrouble.KINDS;
    }

    /** Hears of every batch. On a thread of Redisson; returns at once. */
    public interface Observer {
        /** A batch has been answered, or has failed, after so many nanoseconds. */
        void batch(long nanos);

        /**
         * Calls have failed: they are sent again, or are given up.
         *
         * @param kind a short constant: {@code oom}, {@code timeout}
         */
        void failed(String kind, int calls);
    }

    /** Has an observer hear of every batch. The last observer replaces the one before. */
    public void observe(Observer newObserver) {
        observer = newObserver;
    }

    void batch(int size, long nanos) {
        calls.add(size);
        Observer present = observer;
        if (present != null) {
            present.batch(nanos);
        }
    }

    void retried(int size) {
        retries.add(size);
    }

    /** Counts calls that have failed for a reason; 0 if only a connection or a look at a master has failed. */
    public void failed(Throwable cause, int failedCalls) {
        RedisTrouble why = RedisTrouble.of(cause);
        troubledAtNanos = System.nanoTime();
        trouble = why.kind() + ", Redis " + why.words();
        refusals.failed(why);
        Observer present = observer;
        if (present != null) {
            present.failed(why.kind(), failedCalls);
        }
    }

    /** What Redis refuses at the moment, or else why a call has failed in the last 3 s, in words; null if all is well. */
    public @Nullable String trouble() {
        String refused = refusals.now();
        return refused != null ? refused : System.nanoTime() - troubledAtNanos < TROUBLE_NANOS ? trouble : null;
    }

    /** How many script calls have been sent in batches, those included that have failed. */
    public long calls() {
        return calls.sum();
    }

    /** How many script calls had to be sent again. */
    public long retries() {
        return retries.sum();
    }
}
