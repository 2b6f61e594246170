// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.store.PartAwayException;
import dev.holdfast.store.cluster.Membership;
import dev.holdfast.store.cluster.Membership.RenewalResult;
import dev.holdfast.store.cluster.Reaped;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This gateway's place among the living: renews its lease, and takes the sessions of the dead offline. On one thread,
 * but for what only reads.
 */
final class Lease {
    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
    private static final Duration PERIOD = Duration.ofMillis(500);
    /** Without an answer for so long, this gateway is not ready: two seconds after it has lost the store it says so. */
    private static final Duration READY = Duration.ofMillis(1_750);
    /** Without an answer for so long, others may have missed theirs too. */
    private static final Duration GAP = Duration.ofSeconds(3);
    /**
     * For so long the lease has been renewed without a gap before others are taken for dead: after the store has been
     * away, all of them are late, and the first one back must not bury the rest.
     */
    private static final Duration STEADY = Duration.ofSeconds(4);

    private static final int MOST_REAPED = 1_000;

    private final Membership membership;
    private final SessionThread thread;
    private final Metrics metrics;
    private final Listener listener;
    private final SecureRandom random = new SecureRandom();
    private volatile String id = newId();
    private volatile Set<String> living = Set.of();
    private volatile long renewedAtNanos = System.nanoTime();
    private long steadySinceNanos;
    private long beganAtNanos;
    private boolean renewing;
    private boolean reaping;
    private boolean member;
    private boolean left;

    /** Hears what becomes of the gateways, on the lease's thread if nothing else is said. */
    interface Listener {
        /** Who lives, this gateway included; at each renewal. */
        void living(Set<String> gateways);

        /** The store has forgotten this gateway, and all else most likely; its lease has been taken again. */
        void forgotten();

        /** This gateway was taken for dead: none of its sessions is its own any more. */
        void buried();

        /** A connection has gone with its gateway, and this one was the one to find it. On any thread. */
        void reaped(Reaped reaped);

        /** It has joined under a new id. */
        void joinedAnew();
    }

    Lease(Membership membership, SessionThread thread, Metrics metrics, Listener listener) {
        this.membership = membership;
        this.thread = thread;
        this.metrics = metrics;
        this.listener = listener;
    }

    /** Any thread. */
    String id() {
        return id;
    }

    /** The gateways whose lease ran at the last look. Any thread. */
    Set<String> living() {
        return living;
    }

    /** Takes the lease, and learns who else lives. */
    CompletableFuture<?> join() {
        return membership
                .join(id)
                .thenCompose(joined -> membership.living())
                .toCompletableFuture()
                .thenAcceptAsync(
                        others -> {
                            member = true;
                            living = others;
                            renewedAtNanos = System.nanoTime();
                            steadySinceNanos = renewedAtNanos;
                        },
                        thread);
    }

    /** To be called often; does something every PERIOD. */
    void beat() {
        long now = System.nanoTime();
        if (!member || left || renewing || now - beganAtNanos < PERIOD.toNanos()) {
            return;
        }
        renewing = true;
        beganAtNanos = now;
        on(membership.renew(id), this::renewed);
    }

    private void renewed(@Nullable RenewalResult renewal, @Nullable Throwable failure) {
        renewing = false;
        if (renewal == null) {
            metrics.storeError(StoreOperation.RENEW);
            LOG.debug("the lease could not be renewed", failure);
            return;
        }
        if (left) {
            return;
        }
        long now = System.nanoTime();
        if (now - renewedAtNanos > GAP.toNanos()) {
            steadySinceNanos = now;
        }
        renewedAtNanos = now;
        if (renewal == RenewalResult.BURIED) {
            beginAnew();
            return;
        }
        if (renewal == RenewalResult.FORGOTTEN) {
            unsettled();
            listener.forgotten();
        }
        on(membership.living(), (others, lookFailure) -> {
            if (others != null && member) {
                living = isSteady() ? others : union(living, others);
                listener.living(living);
            }
            // By what has been seen just now: who has gone is buried before it can come back.
            if (!reaping && member && isSteady()) {
                reaping = true;
                on(membership.reap(MOST_REAPED, listener::reaped), this::reaped);
            }
        });
    }

    /** The store may have lost leases: until each gateway has had the time to renew its own, nobody is taken for gone. */
    void unsettled() {
        steadySinceNanos = System.nanoTime();
    }

    /** Those whose lease runs, and those who may not have come to renew theirs. */
    CompletionStage<Set<String>> lookAround() {
        return membership
                .living()
                .exceptionallyCompose(failure -> isPartAway(failure)
                        // Nobody joins meanwhile.
                        ? CompletableFuture.completedFuture(living)
                        : CompletableFuture.failedFuture(failure))
                .thenApplyAsync(others -> isSteady() ? others : union(living, others), thread);
    }

    /** Whether an answer did not come for the one reason that the part of the store with the leases is away. */
    static boolean isPartAway(Throwable failure) {
        return failure instanceof PartAwayException
                || (failure instanceof CompletionException && failure.getCause() instanceof PartAwayException);
    }

    private boolean isSteady() {
        return System.nanoTime() - steadySinceNanos > STEADY.toNanos();
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new HashSet<>(some);
        all.addAll(others);
        return all;
    }

    private void reaped(@Nullable Integer count, @Nullable Throwable failure) {
        reaping = false;
        if (count == null) {
            metrics.storeError(StoreOperation.REAP);
            LOG.debug("sessions of dead gateways could not be taken offline", failure);
        } else if (count > 0) {
            LOG.atInfo().addKeyValue("sessions", count).log("Sessions of dead gateways have been taken offline");
        }
    }

    private void beginAnew() {
        member = false;
        id = newId();
        listener.buried();
        join().whenComplete((nothing, failure) -> thread.execute(() -> {
            if (failure == null) {
                listener.joinedAnew();
            } else {
                metrics.storeError(StoreOperation.JOIN);
                beginAnew();
            }
        }));
    }

    /** Completes if the store has answered lately, else fails. Any thread. */
    CompletableFuture<?> look(Supplier<String> why) {
        long silentFor = Duration.ofNanos(System.nanoTime() - renewedAtNanos).toMillis();
        if (silentFor <= READY.toMillis()) {
            return CompletableFuture.completedFuture(null);
        }
        String known = why.get();
        return CompletableFuture.failedFuture(new IllegalStateException(
                known.isEmpty()
                        ? "Redis has not answered for " + silentFor + " ms"
                        : known + " (for " + silentFor + " ms)"));
    }

    /**
     * Has sessions taken offline that the store has this gateway hold and that it does not.
     *
     * @return how many, or exceptionally if not all could be looked at
     */
    CompletionStage<Integer> disclaim(Predicate<String> holds, Consumer<Reaped> each) {
        return membership.disclaim(id, holds, each);
    }

    /** Gives the lease back. Any thread. */
    CompletableFuture<?> leave() {
        thread.execute(() -> left = true);
        return membership.leave(id).toCompletableFuture();
    }

    private <T> void on(CompletionStage<T> stage, Next<T> next) {
        stage.whenComplete((result, failure) -> thread.execute(() -> next.go(result, failure)));
    }

    /** Goes on with an answer. */
    private interface Next<T> {
        void go(@Nullable T result, @Nullable Throwable failure);
    }

    private String newId() {
        return Long.toHexString(random.nextLong() | Long.MIN_VALUE);
    }
}
