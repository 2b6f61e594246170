// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck.Degraded;
import dev.holdfast.gateway.cluster.Neighbourhood;
import dev.holdfast.gateway.cluster.routes.RoutesDoNotFitException;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.redis.OutageListener;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins the gateways that share the stores before the first client is accepted, and leaves them at the end. */
final class SharedStart {
    private static final Logger LOG = LoggerFactory.getLogger(SharedStart.class);
    private static final Duration BEAT = Duration.ofMillis(250);
    private static final Duration JOIN_PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOOK_PERIOD = Duration.ofMillis(500);
    private static final Duration LEAVE_PATIENCE = Duration.ofSeconds(3);

    private static final int MIB = 1 << 20;

    private SharedStart() {}

    static void begin(
            Neighbourhood neighbourhood,
            Stores stores,
            Sessions sessions,
            Routes routes,
            Router router,
            RetainedMessages retained,
            Logs logs,
            ClientDoors doors,
            MemoryAccount memory)
            throws CommandFailure {
        doors.loops().get(0).every(BEAT, neighbourhood::beat);
        SharedStores shared = Objects.requireNonNull(stores.shared());
        doors.shared(() -> look(neighbourhood, shared), () -> leave(neighbourhood));
        shared.parts().onOutage(new Outages(neighbourhood));
        CompletableFuture<?> joined = neighbourhood
                .begin(stores.sessions(), stores.logs(), sessions, routes, router, retained, logs)
                .thenCompose(nothing -> retained.load());
        try {
            await(joined, shared.parts());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RoutesDoNotFitException tooMuch) {
                throw CommandFailure.failed("the routes of the other gateways do not fit into this one's memory ("
                        + "limits.memory-budget, or a larger heap, -Xmx): " + tooMuch.getMessage()
                        + ", and there is room for "
                        + memory.limit(Kind.SUBSCRIPTIONS) / MIB + " MiB of subscriptions and "
                        + memory.limit(Kind.SESSIONS) / MIB + " MiB of sessions");
            }
            throw CommandFailure.failed(
                    "the sessions in Redis cannot be read (store.redis.url)", e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw CommandFailure.failed("Redis took too long to tell of its sessions (store.redis.url)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted", e);
        }
    }

    private static void await(CompletableFuture<?> joined, StoreParts parts)
            throws ExecutionException, TimeoutException, InterruptedException {
        boolean isTold = false;
        long until = System.nanoTime() + JOIN_PATIENCE.toNanos();
        while (true) {
            try {
                joined.get(LOOK_PERIOD.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (parts.away() != null && parts.missesLeasesOnly()) {
                    if (!isTold) {
                        isTold = true;
                        LOG.warn("the part of Redis with the leases of the gateways is away: this one waits for it, and"
                                + " accepts clients when it has joined the others");
                    }
                    until = System.nanoTime() + JOIN_PATIENCE.toNanos();
                } else if (System.nanoTime() - until > 0) {
                    throw e;
                }
            }
        }
    }

    /** What is served of the store is worth a connection; which clients that concerns is not known before they come. */
    private static CompletionStage<?> look(Neighbourhood neighbourhood, SharedStores shared) {
        String away = shared.parts().away();
        CompletableFuture<?> alive = neighbourhood.look(shared.trouble());
        if (alive.isCompletedExceptionally() && shared.parts().missesLeasesOnly()) {
            return CompletableFuture.completedFuture(new Degraded(
                    "a part of Redis is away, with the leases of the gateways" + (away == null ? "" : ": " + away)));
        }
        if (away != null) {
            return alive.thenApply(nothing -> new Degraded("a part of Redis is away: " + away));
        }
        String refused = shared.parts().refused();
        return refused == null ? alive : alive.thenApply(nothing -> new Degraded(refused));
    }

    /** Tells the operator of the store, or parts of it, that are away, and the neighbourhood when they are back. */
    private record Outages(Neighbourhood neighbourhood) implements OutageListener {
        @Override
        public void silent(String servers) {
            LOG.warn("Redis does not answer: {}. Who is connected stays; what needs it waits", servers);
        }

        @Override
        public void answers() {
            LOG.info("Redis answers");
        }

        @Override
        public void refused(String kind, String what) {
            LOG.atWarn().addKeyValue("kind", kind).log("{}. Who is connected stays; what needs it waits", what);
        }

        @Override
        public void served(String kind) {
            LOG.atInfo().addKeyValue("kind", kind).log("Redis refuses nothing for this reason any more");
        }

        @Override
        public void away(String what) {
            LOG.warn("a part of Redis is away: {}. Sessions there wait for it, all others go on", what);
        }

        @Override
        public void back(@Nullable String what) {
            if (what == null) {
                LOG.info("all of Redis is served");
            } else {
                LOG.warn("some of Redis is back, a part is away still: {}", what);
            }
            neighbourhood.storeIsBack();
        }
    }

    private static void leave(Neighbourhood neighbourhood) {
        try {
            neighbourhood.leave().get(LEAVE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the other gateways could not be told that this one leaves", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
