// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.check.Inspection;
import dev.holdfast.store.redis.cluster.FormatVersion;
import dev.holdfast.store.redis.cluster.RedisInbox;
import dev.holdfast.store.redis.cluster.RedisMembership;
import dev.holdfast.store.redis.cluster.RedisRevocationStore;
import dev.holdfast.store.redis.cluster.RedisTicketKeyStore;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.LaneMeter;
import dev.holdfast.store.redis.log.RedisLogStore;
import dev.holdfast.store.redis.retained.RedisRetainedStore;
import dev.holdfast.store.redis.session.RedisSessionStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stores on Redis, opened once Redis has been found fit to be trusted with sessions. */
public final class RedisStores {
    /**
     * Longer than a Redis that stands still for five seconds; short enough that what a dead gateway leaves is taken up,
     * and its wills are published, within ten.
     */
    private static final Duration LEASE = Duration.ofMillis(7_500);

    /** Longer than Redisson waits for a node of a cluster that stands still. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(RedisStores.class);

    private RedisStores() {}

    /**
     * Opens them.
     *
     * @throws CommandFailure when Redis cannot be reached or would lose sessions, saying why
     */
    static Stores open(HoldfastConfig config, Secret url, Metrics metrics) throws CommandFailure {
        RedisSettings settings = RedisServers.settings(config.store().redis(), url);
        inspect(settings).forEach(LOG::warn);
        RedisConnection connection;
        try {
            connection = RedisConnection.open(settings);
        } catch (RuntimeException e) {
            throw CommandFailure.failed("Redis cannot be reached (store.redis.url): " + settings.server(), e);
        }
        try {
            connection
                    .contact()
                    .thenCompose(nothing -> new FormatVersion(connection).check())
                    .toCompletableFuture()
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            connection.close();
            throw refused(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            connection.close();
            throw CommandFailure.failed("Redis does not answer (store.redis.url): " + settings.server());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connection.close();
            throw CommandFailure.failed("interrupted", e);
        }
        observe(connection, metrics);
        return stores(config, connection);
    }

    /**
     * Looks whether Redis lets this gateway in and is fit to be trusted with sessions.
     *
     * @return what the operator should know all the same
     * @throws CommandFailure with the reason if it does not, or is not
     */
    public static List<String> inspect(RedisSettings settings) throws CommandFailure {
        try {
            return new Inspection(settings, Inspection.PATIENCE).run();
        } catch (RedisRefusedException e) {
            throw refused(e);
        }
    }

    private static CommandFailure refused(Throwable cause) {
        boolean isAway = cause instanceof RedisRefusedException refused && refused.isAway();
        return CommandFailure.failed(
                (isAway ? "Redis cannot be reached" : "Redis is refused") + " (store.redis)", cause);
    }

    private static void observe(RedisConnection connection, Metrics metrics) {
        metrics.gauge("redis.waiting", "Operations that wait for Redis or are under way", connection::waiting);
        metrics.total("redis.retries", "Calls that were sent to Redis again", connection.meter()::retries);
        metrics.expectRedisFailures(LaneMeter.kinds());
        connection.meter().observe(new LaneMeter.Observer() {
            @Override
            public void batch(long nanos) {
                metrics.redisBatch(nanos);
            }

            @Override
            public void failed(String kind, int calls) {
                metrics.redisFailure(kind, calls);
            }
        });
    }

    private static Stores stores(HoldfastConfig config, RedisConnection connection) {
        LimitsConfig limits = config.limits();
        RedisSessionStore sessions = new RedisSessionStore(connection);
        RedisLogStore logs = new RedisLogStore(connection, Wiring.logLimits(config.session()));
        RedisRetainedStore retained = new RedisRetainedStore(
                connection,
                new RetainedLimits(
                        limits.maxRetained(), limits.maxRetainedBytes().asInt()));
        RedisRevocationStore revocations = new RedisRevocationStore(connection, limits.maxRevocations());
        RedisTicketKeyStore ticketKeys = new RedisTicketKeyStore(connection, TicketKeyStore.Life.DEFAULT);
        SharedStores shared = new SharedStores(
                new RedisMembership(connection, sessions, LEASE),
                new RedisInbox(connection),
                retained::catchUp,
                () -> {
                    String trouble = connection.meter().trouble();
                    return trouble == null ? "" : trouble;
                },
                StoreParts.of(connection));
        // Until the gateway has joined the others, which then says more.
        Map<String, ReadinessCheck> checks = Map.of("redis", () -> {
            String away = connection.away();
            return away == null
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(new IllegalStateException("a part of Redis is away: " + away));
        });
        return new Stores(sessions, logs, retained, revocations, ticketKeys, checks, shared, () -> {
            sessions.close();
            logs.close();
            retained.close();
            revocations.close();
            ticketKeys.close();
            connection.close();
        });
    }
}
