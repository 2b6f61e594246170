// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.DemoHandler;
import dev.holdfast.gateway.admin.DemoPage;
import dev.holdfast.gateway.admin.Readiness;
import dev.holdfast.gateway.api.ApiServices;
import dev.holdfast.gateway.auth.revocation.StoredRevocations;
import dev.holdfast.gateway.client.Admission;
import dev.holdfast.gateway.client.ClientServices;
import dev.holdfast.gateway.client.EndLog;
import dev.holdfast.gateway.cluster.Drain;
import dev.holdfast.gateway.cluster.Eviction;
import dev.holdfast.gateway.cluster.Inquiries;
import dev.holdfast.gateway.cluster.Neighbourhood;
import dev.holdfast.gateway.cluster.Rebalance;
import dev.holdfast.gateway.cluster.Sweeper;
import dev.holdfast.gateway.codec.DecodeLimits;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.SessionConfig;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.hooks.LifecycleHooks;
import dev.holdfast.gateway.hooks.LifecycleListener;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.protocol.Handlers;
import dev.holdfast.gateway.protocol.LoopTools;
import dev.holdfast.gateway.protocol.ProtocolServices;
import dev.holdfast.gateway.routing.LogAppends;
import dev.holdfast.gateway.routing.LogSweeper;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.SharedLeftovers;
import dev.holdfast.gateway.routing.Wills;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionServices;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.gateway.spans.MessageSpans;
import dev.holdfast.gateway.sys.SysPresence;
import dev.holdfast.gateway.sys.SysPublisher;
import dev.holdfast.gateway.trace.Traces;
import dev.holdfast.gateway.transport.socket.IoLoop;
import dev.holdfast.store.PartAwayException;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.memory.MemoryLogStore;
import dev.holdfast.store.memory.MemoryRetainedStore;
import dev.holdfast.store.memory.MemoryRevocationStore;
import dev.holdfast.store.memory.MemorySessionStore;
import dev.holdfast.store.memory.MemoryTicketKeyStore;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts of a gateway together, by hand: from the stores to the handlers of packets. */
final class Wiring {
    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);
    private static final long PATIENCE_SECONDS = 30;
    /** Little changes count in the account of memory after so long at the latest. */
    private static final Duration SETTLE = Duration.ofMillis(250);

    /** How often logs are looked into for messages of which nobody has told. */
    private static final Duration LOOK_INTO_LOGS = Duration.ofSeconds(1);

    private static final Duration SUM_UP = Duration.ofSeconds(10);

    private Wiring() {}

    /** The stores that the configuration names. */
    static Stores stores(HoldfastConfig config, Metrics metrics, MemoryAccount memory) throws CommandFailure {
        Secret redis = config.store().redis().url();
        if (redis != null) {
            return RedisStores.open(config, redis, metrics);
        }
        LimitsConfig limits = config.limits();
        MemorySessionStore sessions = new MemorySessionStore(InstantSource.system(), memory);
        MemoryLogStore logs = new MemoryLogStore(InstantSource.system(), logLimits(config.session()), memory);
        MemoryRetainedStore retained = new MemoryRetainedStore(
                InstantSource.system(),
                new RetainedLimits(
                        limits.maxRetained(), limits.maxRetainedBytes().asInt()),
                memory);
        MemoryRevocationStore revocations = new MemoryRevocationStore(InstantSource.system(), limits.maxRevocations());
        MemoryTicketKeyStore ticketKeys = new MemoryTicketKeyStore(InstantSource.system(), TicketKeyStore.Life.DEFAULT);
        return new Stores(sessions, logs, retained, revocations, ticketKeys, Map.of(), () -> {
            sessions.close();
            logs.close();
            retained.close();
            revocations.close();
            ticketKeys.close();
        });
    }

    /**
     * The revocations, read once: nobody is let in by a token that has been revoked. While the part of Redis that has them
     * is away they are waited for.
     */
    static StoredRevocations revocations(Stores stores) throws CommandFailure {
        StoredRevocations revocations = new StoredRevocations(stores.revocations(), InstantSource.system());
        try {
            boolean isTold = false;
            while (!read(revocations)) {
                if (!isTold) {
                    isTold = true;
                    LOG.warn(
                            "the part of Redis with the revocations is away: this gateway waits for it, and accepts clients"
                                    + " when it knows whose tokens have been revoked");
                }
                Thread.sleep(StoredRevocations.LOOK_PERIOD.toMillis());
            }
            return revocations;
        } catch (ExecutionException e) {
            throw CommandFailure.failed(
                    "the revocations in Redis cannot be read (store.redis.url)",
                    e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw CommandFailure.failed("Redis took too long to tell of its revocations (store.redis.url)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted", e);
        }
    }

    /** False if the part of the store that has them is away. */
    private static boolean read(StoredRevocations revocations)
            throws ExecutionException, TimeoutException, InterruptedException {
        try {
            revocations.begin().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PartAwayException) {
                return false;
            }
            throw e;
        }
    }

    /** From the sockets to the stores. */
    static Doors doors(
            HoldfastConfig config,
            Stores stores,
            StoredRevocations revocations,
            Readiness readiness,
            Metrics metrics,
            MemoryAccount memory)
            throws CommandFailure {
        return doors(config, stores, revocations, List.of(), readiness, metrics, memory);
    }

    /** From the sockets to the stores, with listeners of lifecycle events. */
    static Doors doors(
            HoldfastConfig config,
            Stores stores,
            StoredRevocations revocations,
            List<LifecycleListener> listeners,
            Readiness readiness,
            Metrics metrics,
            MemoryAccount memory)
            throws CommandFailure {
        Authentication authentication = Authentication.open(config, revocations, metrics);
        SysPresence presence = config.sys().presence() ? new SysPresence() : null;
        List<LifecycleListener> hearing = new ArrayList<>(listeners);
        if (presence != null) {
            hearing.add(presence);
        }
        LifecycleHooks hooks = new LifecycleHooks(hearing, config.hooks(), metrics, InstantSource.system());
        ConnectRates rates = ConnectRates.of(config.limits());
        ClientDoors doors = ClientDoors.start(config, authentication, hooks, readiness, metrics, memory, rates);
        try {
            doors.loops().get(0).every(StoredRevocations.LOOK_PERIOD, revocations::look);
            metrics.clusterGauge("revocations", "Revocations that hold", revocations::size);
            metrics.gauge(
                    "revocations.not.stored",
                    "Revocations that hold here only, until the store is back",
                    revocations::notStored);
            DemoHandler demo = demo(config, stores, authentication);
            if (demo != null) {
                doors.demo(demo);
            }
            Handlers handlers = handlers(config, stores, authentication, hooks, metrics, memory, rates, doors);
            if (presence != null) {
                presence.publishBy(sysPublisher(doors.api()));
            }
            doors.open(handlers, stores.ticketKeys()::keys);
            return doors;
        } catch (CommandFailure | RuntimeException e) {
            doors.close();
            throw e;
        }
    }

    /** Publishes below {@code $SYS}. */
    static SysPublisher sysPublisher(ApiServices services) {
        return new SysPublisher(services.router(), services.threads(), services.limits());
    }

    /** The demo page, or null. What only the developer's own machine may be told is told with {@code --dev} alone. */
    private static @Nullable DemoHandler demo(HoldfastConfig config, Stores stores, Authentication authentication) {
        if (!config.demo().page()) {
            return null;
        }
        DemoToken tokens = config.dev() && config.auth().anonymous() ? authentication.demo() : null;
        return new DemoHandler(
                DemoPage.load(),
                config.demo().gateways(),
                config.websocket().paths().get(0),
                tokens == null ? null : tokens::issue,
                config.dev() ? stores.sessions() : null);
    }

    private static Handlers handlers(
            HoldfastConfig config,
            Stores stores,
            Authentication authentication,
            LifecycleHooks hooks,
            Metrics metrics,
            MemoryAccount memory,
            ConnectRates rates,
            ClientDoors doors)
            throws CommandFailure {
        List<IoLoop> loops = doors.loops();
        long origin = new SecureRandom().nextLong();
        String gatewayId = Long.toHexString(origin);
        List<LoopTools> tools =
                loops.stream().map(loop -> new LoopTools(loop, origin, metrics)).toList();
        List<SessionThread> threads = tools.stream().map(LoopTools::thread).toList();
        SessionConfig session = config.session();
        QueueLimits queueLimits =
                queueLimits(session).withInflight(config.limits().maxInflight());

        SharedStores shared = stores.shared();
        Neighbourhood neighbourhood = shared == null
                ? null
                : new Neighbourhood(
                        shared.membership(), shared.inbox(), LinkStart.open(config, doors, metrics), threads, metrics);
        Neighbours neighbours = neighbourhood == null ? Neighbours.NONE : neighbourhood;
        Supplier<String> id = neighbourhood == null ? () -> gatewayId : neighbourhood::id;
        hooks.gatewayId(id);
        doors.knownAs(id);
        Routes routes = new Routes(session.sharedStrategy(), neighbours, memory, session.wideFilterFrom());
        Logs logs = new Logs(stores.logs(), routes, session.wideFilterRest(), memory, threads.size());
        Sessions sessions = new Sessions(new SessionServices(
                stores.sessions(), queueLimits, session.queueQos0(), logs, metrics, neighbours, memory, hooks));
        RetainedMessages retained = new RetainedMessages(
                stores.retained(),
                config.limits().maxRetainedPerSubscribe(),
                shared == null ? null : shared.retainedCatchUp(),
                threads,
                neighbours,
                metrics,
                memory);
        doors.atLast(() -> {
            sessions.letGo();
            routes.letGo();
            retained.letGo();
        });
        MessageSpans spans = MessageSpans.of(config.opentelemetry());
        Router router = new Router(
                routes,
                stores.sessions(),
                retained,
                new LogAppends(stores.logs(), logs, routes, threads, neighbours, metrics),
                threads,
                session.queueQos0(),
                neighbours,
                metrics,
                spans);
        tools.forEach(each -> each.neighbours(neighbours));
        if (neighbourhood != null) {
            SharedStart.begin(neighbourhood, stores, sessions, routes, router, retained, logs, doors, memory);
        }
        Wills wills = new Wills(router, stores.sessions(), metrics);
        Sweeper sweeper = new Sweeper(
                stores.sessions(),
                sessions,
                routes,
                wills,
                new SharedLeftovers(stores.sessions(), routes, router, metrics),
                neighbours,
                metrics,
                threads.get(0));
        loops.get(0).every(session.sweepInterval(), sweeper::sweep);
        LogSweeper logSweeper = new LogSweeper(stores.logs(), routes, neighbours, metrics);
        loops.get(0).every(session.sweepInterval(), logSweeper::sweep);
        for (int i = 0; i < loops.size(); i++) {
            SessionThread thread = threads.get(i);
            loops.get(i).every(LOOK_INTO_LOGS, () -> logs.look(thread));
        }
        loops.get(0).every(SETTLE, memory::settle);
        doors.drainBy(new Drain(sessions, config.drain()));
        Eviction eviction = new Eviction(sessions, routes, wills, neighbours, threads.get(0));
        doors.evictBy(eviction);
        Traces traces = new Traces(InstantSource.system());
        doors.operatedBy(new ApiServices(
                stores.sessions(),
                stores.logs(),
                sessions,
                routes,
                router,
                retained,
                eviction,
                new Rebalance(sessions),
                threads,
                neighbourhood == null ? Inquiries.alone(gatewayId) : neighbourhood.inquiries(),
                decodeLimits(config.limits()),
                config.limits().maxPacketSize().asInt(),
                metrics,
                traces));
        metrics.sessions(sessions::online, sessions::offline);
        metrics.subscriptions(routes::size);
        metrics.retained(retained::size);
        metrics.clusterGauge("logs", "Wide filters that have a log", routes::logCount);

        EndLog endLog = new EndLog(config.log().endsPerAddress());
        loops.get(0).every(SUM_UP, endLog::sumUp);
        ClientServices clients = new ClientServices(
                id,
                new AtomicReference<>(config.limits()),
                session,
                queueLimits,
                authentication.authenticator(),
                authentication.revocations(),
                new Admission(config.limits(), rates),
                sessions,
                routes,
                wills,
                metrics,
                memory,
                endLog,
                traces,
                LoopTools.timers(tools));
        return new Handlers(new ProtocolServices(
                clients,
                decodeLimits(config.limits()),
                router,
                retained,
                spans,
                tools,
                config.auth().revealDenials(),
                config.listeners().serverReference()));
    }

    /** A log holds what one session may find on its return. */
    static LogLimits logLimits(SessionConfig session) {
        return new LogLimits(session.maxQueueMessages(), session.maxQueueBytes().bytes(), session.wideFilterRest());
    }

    private static QueueLimits queueLimits(SessionConfig session) {
        DropPolicy whenFull = switch (session.whenFull()) {
            case DROP_OLDEST -> DropPolicy.DROP_OLDEST;
            case DROP_NEWEST -> DropPolicy.DROP_NEWEST;
        };
        return new QueueLimits(
                session.maxQueueMessages(), session.maxQueueBytes().bytes(), whenFull);
    }

    private static DecodeLimits decodeLimits(LimitsConfig limits) {
        return new DecodeLimits(
                limits.maxUserProperties(),
                limits.maxUserPropertyBytes().asInt(),
                limits.maxTopicBytes().asInt(),
                limits.maxTopicLevels());
    }
}
