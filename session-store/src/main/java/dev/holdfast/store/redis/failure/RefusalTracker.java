// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import dev.holdfast.store.redis.OutageListener;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tracks what Redis refuses, by kind of refusal: it answers, but does not do what it is asked. A listener hears when a kind
 * begins and when it is over, which is when nothing has been refused with it for a while. The while becomes longer for a kind
 * that comes back soon. Any thread.
 */
public final class RefusalTracker {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final long LONGEST_QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Kinds that are no refusals: nobody answers, which {@code OutageWatch} tells, or the call went to a wrong server. */
    private static final Set<String> NOT_REFUSED =
            Set.of("connection", "timeout", "clusterdown", "noscript", "tryagain");

    private final LongSupplier nanos;
    // guarded by this
    private final Map<String, OpenRefusal> kinds = new TreeMap<>();
    private @Nullable OutageListener listener;

    /** A kind that has been seen, open or over. */
    private static final class OpenRefusal {
        private RedisTrouble trouble;
        private boolean isOpen;
        private boolean isTold;
        private long lastNanos;
        private long overNanos;
        private long quietNanos = QUIET_NANOS;

        OpenRefusal(RedisTrouble trouble) {
            this.trouble = trouble;
        }
    }

    /**
     * A tracker that has seen nothing.
     *
     * @param nanos a monotonic clock
     */
    public RefusalTracker(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Has a listener hear of refusals, also of those that are open already. The last listener replaces the one before. */
    public synchronized void listen(OutageListener newListener) {
        listener = newListener;
        kinds.values().forEach(kind -> kind.isTold = false);
    }

    /** A call has failed. */
    public synchronized void failed(RedisTrouble trouble) {
        if (NOT_REFUSED.contains(trouble.kind()) || trouble.equals(RedisTrouble.UNKNOWN)) {
            return;
        }
        long now = nanos.getAsLong();
        OpenRefusal kind = kinds.computeIfAbsent(trouble.kind(), name -> new OpenRefusal(trouble));
        if (!kind.isOpen) {
            boolean isBackSoon = kind.lastNanos != 0 && now - kind.overNanos < LONGEST_QUIET_NANOS;
            kind.quietNanos = isBackSoon ? Math.min(2 * kind.quietNanos, LONGEST_QUIET_NANOS) : QUIET_NANOS;
            kind.trouble = trouble;
            kind.isOpen = true;
            kind.isTold = false;
        }
        kind.lastNanos = now;
        tell(kind);
    }

    /** Looks which kinds are over; called about once a second. */
    public synchronized void look() {
        long now = nanos.getAsLong();
        for (OpenRefusal kind : kinds.values()) {
            if (kind.isOpen && now - kind.lastNanos > kind.quietNanos) {
                kind.isOpen = false;
                kind.overNanos = now;
                OutageListener present = listener;
                if (present != null && kind.isTold) {
                    present.served(kind.trouble.kind());
                }
            } else if (kind.isOpen) {
                tell(kind);
            }
        }
    }

    private void tell(OpenRefusal kind) {
        OutageListener present = listener;
        if (present != null && !kind.isTold) {
            kind.isTold = true;
            present.refused(kind.trouble.kind(), "Redis " + kind.trouble.words());
        }
    }

    /** All open refusals, in words for the operator; null if there is none. */
    public synchronized @Nullable String now() {
        String all = kinds.values().stream()
                .filter(kind -> kind.isOpen)
                .map(kind -> kind.trouble.kind() + ", Redis " + kind.trouble.words())
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? null : all;
    }
}
