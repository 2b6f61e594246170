// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.cluster.Neighbourhood;
import dev.holdfast.gateway.routing.RetainedMessages;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.Sessions;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins the gateways that share the stores before the first client is accepted, and leaves them at the end. */
final class SharedStart {
    private static final Logger LOG = LoggerFactory.getLogger(SharedStart.class);
    private static final Duration BEAT = Duration.ofMillis(250);
    private static final Duration JOIN_PATIENCE = Duration.ofMinutes(2);
    private static final Duration LEAVE_PATIENCE = Duration.ofSeconds(3);

    private SharedStart() {}

    static void begin(
            Neighbourhood neighbourhood,
            Stores stores,
            Sessions sessions,
            Routes routes,
            Router router,
            RetainedMessages retained,
            ClientDoors doors)
            throws CommandFailure {
        doors.loops().get(0).every(BEAT, neighbourhood::beat);
        SharedStores shared = Objects.requireNonNull(stores.shared());
        doors.shared(() -> neighbourhood.look(shared.trouble()), () -> leave(neighbourhood));
        CompletableFuture<?> joined = neighbourhood
                .begin(stores.sessions(), sessions, routes, router, retained)
                .thenCompose(nothing -> retained.load());
        try {
            joined.get(JOIN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw CommandFailure.failed(
                    "the sessions in Redis cannot be read (store.redis.url)", e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw CommandFailure.failed("Redis took too long to tell of its sessions (store.redis.url)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted");
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
