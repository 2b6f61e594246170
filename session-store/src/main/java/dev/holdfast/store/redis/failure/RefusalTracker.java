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
 * What Redis refuses at the time, kind by kind: it answers, or would, and does not do what it is asked. A kind is told once,
 * and once more when nothing has been refused for it for a while; one that comes and goes is over later each time. Any
 * thread.
 */
public final class RefusalTracker {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final long LONGEST_QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Nobody is there, or the call has only come to the wrong place: told elsewhere, or nothing to tell. */
    private static final Set<String> NOT_REFUSED =
            Set.of("connection", "timeout", "clusterdown", "noscript", "tryagain");

    private final LongSupplier nanos;
    // guarded by this
    private final Map<String, Refusal> kinds = new TreeMap<>();
    private @Nullable OutageListener listener;

    /** A kind that was there once. */
    private static final class Refusal {
        private RedisTrouble trouble;
        private boolean isOpen;
        private boolean isTold;
        private long lastNanos;
        private long overNanos;
        private long quietNanos = QUIET_NANOS;

        Refusal(RedisTrouble trouble) {
            this.trouble = trouble;
        }
    }

    /**
     * Nothing is refused yet.
     *
     * @param nanos a clock that only goes on
     */
    public RefusalTracker(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Has a listener hear of them, of those too that are there; one at a time. */
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
        Refusal kind = kinds.computeIfAbsent(trouble.kind(), name -> new Refusal(trouble));
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

    /** Looks whether something is over; to be called about once a second. */
    public synchronized void look() {
        long now = nanos.getAsLong();
        for (Refusal kind : kinds.values()) {
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

    private void tell(Refusal kind) {
        OutageListener present = listener;
        if (present != null && !kind.isTold) {
            kind.isTold = true;
            present.refused(kind.trouble.kind(), "Redis " + kind.trouble.words());
        }
    }

    /** All that is refused, for the operator; null if nothing is. */
    public synchronized @Nullable String now() {
        String all = kinds.values().stream()
                .filter(kind -> kind.isOpen)
                .map(kind -> kind.trouble.kind() + ", Redis " + kind.trouble.words())
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? null : all;
    }
}
