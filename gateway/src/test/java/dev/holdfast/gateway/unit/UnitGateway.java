// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.auth.revocation.RevocationWatch;
import dev.holdfast.gateway.auth.revocation.Revocations;
import dev.holdfast.gateway.client.Admission;
import dev.holdfast.gateway.client.ClientServices;
import dev.holdfast.gateway.client.Clients;
import dev.holdfast.gateway.client.EndLog;
import dev.holdfast.gateway.cluster.Sweeper;
import dev.holdfast.gateway.codec.DecodeLimits;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.SessionConfig;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.limits.MemoryBudget;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.protocol.Handlers;
import dev.holdfast.gateway.protocol.LoopTools;
import dev.holdfast.gateway.protocol.ProtocolServices;
import dev.holdfast.gateway.routing.LogAppends;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.SharedLeftovers;
import dev.holdfast.gateway.routing.Wills;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionServices;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.Lifecycle;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.gateway.trace.Traces;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.memory.MemoryLogStore;
import dev.holdfast.store.memory.MemoryRetainedStore;
import dev.holdfast.store.memory.MemorySessionStore;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * All of a gateway between the wire and the store, put together as the program does it, and turned by hand. Clients speak
 * to it by {@link RawClient}; everything happens on the thread of the test.
 */
public final class UnitGateway {
    private static final String ID = "unit";
    private static final Duration STEP = Duration.ofMillis(100);

    private final HandMovedClock clock = new HandMovedClock();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final HandTurnedLoop.Baton baton = new HandTurnedLoop.Baton();
    private final List<HandTurnedLoop> loops;
    private final HeldAnswers store;
    private final Sessions sessions;
    private final Routes routes;
    private final Handlers handlers;
    private final List<SessionThread> threads;
    private int nextPort = 10_000;
    private int nextLoop;

    private UnitGateway(int threads, HoldfastConfig config) {
        loops = IntStream.range(0, threads)
                .mapToObj(i -> new HandTurnedLoop(baton, i, clock))
                .toList();
        LimitsConfig limits = config.limits();
        SessionConfig session = config.session();
        Metrics metrics = new Metrics(registry);
        MemoryAccount memory = new MemoryAccount(new MemoryBudget(1 << 30));
        store = new HeldAnswers(new MemorySessionStore(clock, memory));
        List<LoopTools> tools =
                loops.stream().map(loop -> new LoopTools(loop, 1, metrics)).toList();
        List<SessionThread> all = tools.stream().map(LoopTools::thread).toList();
        this.threads = all;
        QueueLimits queueLimits = queueLimits(session);
        routes = new Routes(session.sharedStrategy(), Neighbours.NONE, memory, session.wideFilterFrom());
        MemoryLogStore logStore =
                new MemoryLogStore(clock, new LogLimits(1_000, 1_000_000, session.wideFilterRest()), memory);
        Logs logs = new Logs(logStore, routes, session.wideFilterRest(), memory, threads);
        sessions = new Sessions(new SessionServices(
                store.facade(),
                queueLimits,
                session.queueQos0(),
                logs,
                metrics,
                Neighbours.NONE,
                memory,
                Lifecycle.UNHEARD));
        RetainedMessages retained = new RetainedMessages(
                new MemoryRetainedStore(
                        clock,
                        new RetainedLimits(
                                limits.maxRetained(), limits.maxRetainedBytes().asInt()),
                        memory),
                limits.maxRetainedPerSubscribe(),
                null,
                all,
                Neighbours.NONE,
                metrics,
                memory);
        Router router = new Router(
                routes,
                store.facade(),
                retained,
                new LogAppends(logStore, logs, routes, all, Neighbours.NONE, metrics),
                all,
                session.queueQos0(),
                Neighbours.NONE,
                metrics,
                null);
        Wills wills = new Wills(router, store.facade(), metrics);
        Sweeper sweeper = new Sweeper(
                store.facade(),
                sessions,
                routes,
                wills,
                new SharedLeftovers(store.facade(), routes, router, metrics),
                Neighbours.NONE,
                metrics,
                all.get(0));
        loops.get(0).every(session.sweepInterval(), sweeper::sweep);
        ClientServices clients = new ClientServices(
                () -> ID,
                new AtomicReference<>(limits),
                session,
                queueLimits,
                new Everybody(),
                new RevocationWatch(new NoRevocations()),
                new Admission(limits, ConnectRates.of(limits)),
                sessions,
                routes,
                wills,
                metrics,
                memory,
                new EndLog(config.log().endsPerAddress()),
                new Traces(clock),
                LoopTools.timers(tools));
        handlers = new Handlers(new ProtocolServices(
                clients,
                new DecodeLimits(
                        limits.maxUserProperties(),
                        limits.maxUserPropertyBytes().asInt(),
                        limits.maxTopicBytes().asInt(),
                        limits.maxTopicLevels()),
                router,
                retained,
                null,
                tools,
                true,
                null));
    }

    private static QueueLimits queueLimits(SessionConfig session) {
        DropPolicy whenFull = switch (session.whenFull()) {
            case DROP_OLDEST -> DropPolicy.DROP_OLDEST;
            case DROP_NEWEST -> DropPolicy.DROP_NEWEST;
        };
        return new QueueLimits(
                session.maxQueueMessages(), session.maxQueueBytes().bytes(), whenFull);
    }

    /** A gateway with one I/O thread, with the settings of {@code --dev} and these, as {@code path=value}. */
    public static UnitGateway with(String... settings) {
        return withThreads(1, settings);
    }

    /** The same with several I/O threads: connections take them in turn. */
    public static UnitGateway withThreads(int threads, String... settings) {
        List<String> all = new ArrayList<>(List.of("dev=true"));
        all.addAll(List.of(settings));
        return new UnitGateway(threads, HoldfastConfig.of(all.toArray(String[]::new)));
    }

    /** Everybody may come in, and do everything. */
    private static final class Everybody implements Authenticator {
        @Override
        public CompletionStage<Verdict> authenticate(Credentials credentials) {
            return CompletableFuture.completedFuture(new Verdict.Accepted(Identity.ANONYMOUS));
        }

        @Override
        public boolean knowsMethod(String method) {
            return false;
        }
    }

    private static final class NoRevocations implements Revocations {
        @Override
        public boolean isRevoked(TokenRef token) {
            return false;
        }

        @Override
        public Listening listen(Runnable listener) {
            return () -> {};
        }
    }

    /** The answers of the store. */
    public HeldAnswers store() {
        return store;
    }

    /** The clients, to open one that speaks another protocol. */
    public Clients clients() {
        return handlers.clients();
    }

    /** An I/O thread, as clients and sessions see it. */
    public SessionThread thread(int index) {
        return threads.get(index);
    }

    /** The sessions that it knows. */
    public Sessions sessions() {
        return sessions;
    }

    /** Who wants what. */
    public Routes routes() {
        return routes;
    }

    /** An I/O thread, as sessions see it. */
    public HandTurnedLoop loop(int index) {
        return loops.get(index);
    }

    /** A connection on which nothing has been sent. */
    public RawClient open(Version version) {
        HandTurnedLoop loop = loops.get(nextLoop++ % loops.size());
        return new RawClient(new WireChannel(this, new FakeWire(loop, nextPort++, handlers)), version);
    }

    /** A client that has been accepted. */
    public RawClient connect(Version version, Connect connect) {
        return open(version).connected(connect);
    }

    /** A client of MQTT 5 with a clean session. */
    public RawClient connect(String clientId) {
        return connect(Version.V5, Connect.connect(clientId));
    }

    /** The connection of a client. */
    public static WireChannel channel(RawClient client) {
        return (WireChannel) client.channel();
    }

    /** Turns all loops until nothing is left to do at this time. */
    public void settle() {
        boolean any = true;
        while (any) {
            any = false;
            for (HandTurnedLoop loop : loops) {
                any |= loop.turn();
            }
        }
    }

    /** Lets time pass: what becomes due meanwhile is done in its order. */
    public void pass(Duration time) {
        Duration until = clock.elapsed().plus(time);
        settle();
        while (clock.elapsed().compareTo(until) < 0) {
            Duration left = until.minus(clock.elapsed());
            clock.move(left.compareTo(STEP) < 0 ? left : STEP);
            boolean any = true;
            while (any) {
                any = false;
                for (HandTurnedLoop loop : loops) {
                    any |= loop.runDue();
                }
                settle();
            }
        }
    }

    /** A counter, as Micrometer names it, with the tags {@code name, value, ...}; 0 if it has not counted anything. */
    public double counted(String name, String... tags) {
        return registry.find(name).tags(tags).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }

    /** The lines that Prometheus is given which begin like this. */
    public List<String> scraped(String prefix) {
        return registry.scrape().lines().filter(line -> line.startsWith(prefix)).toList();
    }
}
