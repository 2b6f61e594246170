// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.member;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.connection.SessionThread;
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
 * This gateway's lease in the store: takes and renews it, sees which other gateways live, and takes the sessions of dead gateways
 * offline. On one thread, except for the methods that only read.
 */
public final class Lease {
    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
    private static final Duration PERIOD = Duration.ofMillis(500);
    /** When the store has not answered for this long, this gateway reports that it is not ready: within two seconds of the loss. */
    private static final Duration READY = Duration.ofMillis(1_750);
    /** When the store has not answered for this long, other gateways may have had no answer either. */
    private static final Duration GAP = Duration.ofSeconds(3);
    /**
     * How long the lease must have been renewed without a gap before this gateway takes others for dead. After the store has been
     * away all gateways are late, and the first one that is back must not declare the others dead.
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

    /** Hears which gateways live and die. Called on the lease's thread, unless a method says otherwise. */
    public interface Listener {
        /** The gateways that live, this one included; called at each renewal. */
        void living(Set<String> gateways);

        /** The store had lost this gateway's lease, and has probably lost other data. The lease has been taken again. */
        void forgotten();

        /** The others have taken this gateway for dead: it owns none of its sessions any more. */
        void buried();

        /** This gateway has taken a session of a dead gateway offline. On any thread. */
        void reaped(Reaped reaped);

        /** This gateway has joined again under a new name. */
        void joinedAnew();
    }

    /** A lease that has not been taken yet. */
    public Lease(Membership membership, SessionThread thread, Metrics metrics, Listener listener) {
        this.membership = membership;
        this.thread = thread;
        this.metrics = metrics;
        this.listener = listener;
    }

    /** The name of this gateway among the gateways. Any thread. */
    public String id() {
        return id;
    }

    /** The gateways whose leases were running at the last look. Any thread. */
    public Set<String> living() {
        return living;
    }

    /** Takes the lease and reads which other gateways live. */
    public CompletableFuture<?> join() {
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

    /** Renews the lease every half second. Called more often than that. */
    public void beat() {
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
            // Right after the look: a gateway that is dead is reaped before it can come back.
            if (!reaping && member && isSteady()) {
                reaping = true;
                on(membership.reap(MOST_REAPED, listener::reaped), this::reaped);
            }
        });
    }

    /** The store may have lost leases. No gateway is taken for dead until all have had time to renew their leases. */
    public void unsettled() {
        steadySinceNanos = System.nanoTime();
    }

    /** The gateways whose leases run, and while this gateway is not steady also those that lived before. */
    public CompletionStage<Set<String>> lookAround() {
        return membership
                .living()
                .exceptionallyCompose(failure -> isPartAway(failure)
                        // No gateway can join meanwhile.
                        ? CompletableFuture.completedFuture(living)
                        : CompletableFuture.failedFuture(failure))
                .thenApplyAsync(others -> isSteady() ? others : union(living, others), thread);
    }

    /** Whether a call has failed only because the part of the store that holds the leases is away. */
    public static boolean isPartAway(Throwable failure) {
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

    /** Completes at once if the store has answered lately, otherwise fails at once. Any thread. */
    public CompletableFuture<?> look(Supplier<String> why) {
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
     * Takes sessions offline that, by the store, are connected to this gateway and are not.
     *
     * @return how many sessions; fails if not all could be read
     */
    public CompletionStage<Integer> disclaim(Predicate<String> holds, Consumer<Reaped> each) {
        return membership.disclaim(id, holds, each);
    }

    /** Ends the lease. Any thread. */
    public CompletableFuture<?> leave() {
        thread.execute(() -> left = true);
        return membership.leave(id).toCompletableFuture();
    }

    private <T> void on(CompletionStage<T> stage, Next<T> next) {
        stage.whenComplete((result, failure) -> thread.execute(() -> next.go(result, failure)));
    }

    /** What is done with an answer of the store. */
    private interface Next<T> {
        void go(@Nullable T result, @Nullable Throwable failure);
    }

    private String newId() {
        return Long.toHexString(random.nextLong() | Long.MIN_VALUE);
    }
}
