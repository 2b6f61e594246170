// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.failure.RedisTrouble;
import dev.holdfast.store.redis.failure.RefusalTracker;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what one connection has sent and what has failed of it. Any thread. */
public final class LaneMeter {
    private static final long TROUBLE_NANOS = 3_000_000_000L;

    private final LongAdder batches = new LongAdder();
    private final LongAdder calls = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private volatile @Nullable Observer observer;
    private volatile @Nullable String trouble;
    private volatile long troubledAtNanos;
    private final RefusalTracker refusals;

    public LaneMeter(RefusalTracker refusals) {
        this.refusals = refusals;
    }

    /** Every {@code kind} of failure that there can be, see {@link Observer#failed}. */
    public static List<String> kinds() {
        return RedisTrouble.KINDS;
    }

    /** Hears of every batch, on a thread of Redisson's; returns at once. */
    public interface Observer {
        /** A batch has been answered, or has been given up, after so long. */
        void batch(long nanos);

        /**
         * Calls have failed and are sent again, or fail for good.
         *
         * @param kind a short constant: {@code oom}, {@code timeout}
         */
        void failed(String kind, int calls);
    }

    /** Has somebody hear of every batch; one at a time. */
    public void observe(Observer newObserver) {
        observer = newObserver;
    }

    void batch(int size, long nanos) {
        batches.increment();
        calls.add(size);
        Observer present = observer;
        if (present != null) {
            present.batch(nanos);
        }
    }

    void retried(int size) {
        retries.add(size);
    }

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

    /** What Redis refuses, or else why a call has failed in the last seconds, for the operator; null if all is well. */
    public @Nullable String trouble() {
        String refused = refusals.now();
        return refused != null ? refused : System.nanoTime() - troubledAtNanos < TROUBLE_NANOS ? trouble : null;
    }

    /** Batches that have come back, failed ones included. */
    public long batches() {
        return batches.sum();
    }

    /** Script calls in them. */
    public long calls() {
        return calls.sum();
    }

    /** Script calls that had to be sent again. */
    public long retries() {
        return retries.sum();
    }
}
