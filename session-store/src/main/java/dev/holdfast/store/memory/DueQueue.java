// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import java.util.Comparator;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Things in the order of their time, each of which exactly one caller gets: whoever removes it from the set, be it by
 * {@link #claim} or by {@link #cancel}. Lock-free; adding, cancelling and claiming cost the logarithm of the size.
 */
final class DueQueue<T> {
    private final ConcurrentSkipListSet<Scheduled<T>> dues = new ConcurrentSkipListSet<>(
            Comparator.<Scheduled<T>>comparingLong(Scheduled::atMillis).thenComparingLong(Scheduled::number));
    private final AtomicLong numbers = new AtomicLong();

    /** Adds a thing; the answer is what cancels it. */
    Scheduled<T> add(long atMillis, T what) {
        Scheduled<T> due = new Scheduled<>(atMillis, numbers.incrementAndGet(), what);
        dues.add(due);
        return due;
    }

    /** Takes a thing out; true if nobody else had taken it, so that it is the caller's alone. */
    boolean cancel(Scheduled<T> due) {
        return dues.remove(due);
    }

    /** Takes out the first thing whose time has come, or answers null if there is none. */
    @Nullable
    Scheduled<T> claim(long nowMillis) {
        for (Scheduled<T> due : dues) {
            if (!due.isPast(nowMillis)) {
                return null;
            }
            if (dues.remove(due)) {
                return due;
            }
        }
        return null;
    }

    int size() {
        return dues.size();
    }
}
