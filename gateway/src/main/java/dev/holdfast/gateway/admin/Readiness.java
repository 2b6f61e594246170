// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/** Whether the gateway should get connections: its own phase, and what its parts depend on. Any thread. */
public final class Readiness {
    /** Where the gateway is in its life. */
    public enum Phase {
        /** Not all parts are there. */
        STARTING,
        /** Clients are accepted. */
        SERVING,
        /** It is about to end; balancers should look elsewhere. */
        DRAINING
    }

    static final long LOOK_SECONDS = 1;

    private final Map<String, ReadinessCheck> checks = new ConcurrentSkipListMap<>();
    private volatile Phase phase = Phase.STARTING;

    /** Adds a condition. */
    public void require(String name, ReadinessCheck check) {
        checks.put(name, check);
    }

    /** Moves on. */
    public void phase(Phase next) {
        phase = next;
    }

    /** All conditions, the phase first. */
    Map<String, ReadinessCheck> checks() {
        Map<String, ReadinessCheck> all = new LinkedHashMap<>();
        all.put("phase", this::lookAtPhase);
        all.putAll(checks);
        return all;
    }

    /** Asks all conditions; each answer fails if its condition does, or says nothing within {@value #LOOK_SECONDS} s. */
    Map<String, CompletableFuture<?>> looks() {
        Map<String, CompletableFuture<?>> looks = new LinkedHashMap<>();
        checks().forEach((name, check) -> looks.put(name, look(check)));
        return looks;
    }

    /** Whether the gateway should get connections now. Does not block; never completes exceptionally. */
    public CompletableFuture<Boolean> isReady() {
        return CompletableFuture.allOf(looks().values().toArray(new CompletableFuture<?>[0]))
                .handle((all, failed) -> failed == null);
    }

    private static CompletableFuture<?> look(ReadinessCheck check) {
        try {
            return check.look().toCompletableFuture().thenApply(ok -> ok).orTimeout(LOOK_SECONDS, TimeUnit.SECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<?> lookAtPhase() {
        return switch (phase) {
            case STARTING -> CompletableFuture.failedFuture(new IllegalStateException("starting"));
            case SERVING -> CompletableFuture.completedFuture(phase);
            case DRAINING -> CompletableFuture.failedFuture(new IllegalStateException("draining"));
        };
    }
}
