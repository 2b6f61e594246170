// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.AdminHandler;
import dev.holdfast.gateway.admin.AdminListener;
import dev.holdfast.gateway.admin.HealthHandler;
import dev.holdfast.gateway.admin.Readiness;
import dev.holdfast.gateway.admin.RevocationsHandler;
import dev.holdfast.gateway.api.Api;
import dev.holdfast.gateway.api.ApiServices;
import dev.holdfast.gateway.api.GatewayFacts;
import dev.holdfast.gateway.api.GatewayOrders;
import dev.holdfast.gateway.api.http.ApiTokens;
import dev.holdfast.gateway.api.http.RevocationAccess;
import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.revocation.StoredRevocations;
import dev.holdfast.gateway.cluster.AutomaticRebalance;
import dev.holdfast.gateway.cluster.PrincipalSessions;
import dev.holdfast.gateway.config.ConfigChange;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.ListenersConfig;
import dev.holdfast.gateway.config.RedisConfig;
import dev.holdfast.gateway.config.value.HostRule;
import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.hooks.LifecycleHooks;
import dev.holdfast.gateway.hooks.LifecycleListener;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.limits.MemoryBudget;
import dev.holdfast.gateway.observe.JvmMetrics;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.process.HeapWatch;
import dev.holdfast.gateway.process.Logging;
import dev.holdfast.gateway.sys.SysFigures;
import dev.holdfast.store.HeldMemory.Kind;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A running gateway, and the place where its parts are put together, in this order; they are closed in the opposite one.
 *
 * <pre>
 *   metrics      what is counted                                    observe
 *   admin        alive, ready, counted; ready only at the end       admin
 *   stores       sessions, queues, retained messages, revocations   dev.holdfast.store...
 *   doors        sockets, packets, connections, sessions, routing   {@link Wiring}
 * </pre>
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private volatile HoldfastConfig config;
    private final Readiness readiness;
    private final Deque<AutoCloseable> parts;
    private final AdminListener admin;
    private final @Nullable AdminListener health;
    private final Doors doors;
    private final Runnable tellIssuers;
    private volatile @Nullable ConfigSource source;
    private final AtomicReference<@Nullable CompletableFuture<Void>> draining = new AtomicReference<>();

    private Gateway(
            HoldfastConfig config,
            Readiness readiness,
            Deque<AutoCloseable> parts,
            AdminListener admin,
            @Nullable AdminListener health,
            Doors doors,
            Runnable tellIssuers) {
        this.config = config;
        this.readiness = readiness;
        this.parts = parts;
        this.admin = admin;
        this.health = health;
        this.doors = doors;
        this.tellIssuers = tellIssuers;
    }

    /**
     * Starts; when it returns, clients are accepted.
     *
     * @throws CommandFailure when something cannot be opened; what had been opened is closed again
     */
    public static Gateway start(HoldfastConfig config) throws CommandFailure {
        return start(config, installed());
    }

    private static List<LifecycleListener> installed() throws CommandFailure {
        try {
            return LifecycleHooks.installed();
        } catch (ServiceConfigurationError e) {
            throw CommandFailure.failed("a listener of lifecycle events cannot be made", e);
        }
    }

    /**
     * Starts with listeners of the caller's own, instead of those on the class path.
     *
     * @throws CommandFailure when something cannot be opened; what had been opened is closed again
     */
    public static Gateway start(HoldfastConfig config, List<LifecycleListener> listeners) throws CommandFailure {
        return start(
                config,
                Wiring::stores,
                (settings, stores, revocations, readiness, metrics, memory) ->
                        Wiring.doors(settings, stores, revocations, listeners, readiness, metrics, memory));
    }

    static Gateway start(HoldfastConfig config, StoreFactory storeFactory, DoorFactory doorFactory)
            throws CommandFailure {
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        try {
            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            parts.push(registry::close);
            parts.push(new JvmMetrics(registry));
            parts.push(HeapWatch.start());
            Metrics metrics = new Metrics(registry);
            metrics.build(BuildVersion.number());
            MemoryAccount memory = memory(config, metrics);
            parts.push(() -> audit(memory));

            ApiTokens apiTokens = ApiAccess.open(config.api());
            Readiness readiness = new Readiness();
            HealthHandler looks = new HealthHandler(readiness, registry::scrape);
            ListenersConfig where = config.listeners();
            AdminHandler answers = new AdminHandler(looks, HostRule.of(where.adminNames()), metrics::refused);
            AdminListener admin = listen(
                    "listeners.admin-port",
                    where.adminHost(),
                    where.adminPort(),
                    () -> AdminListener.open(where.adminHost(), where.adminPort(), answers));
            parts.push(admin);
            AdminListener health = openHealth(where, looks);
            if (health != null) {
                parts.push(health);
            }

            Stores stores = storeFactory.open(config, metrics, memory);
            parts.push(stores);
            stores.checks().forEach(readiness::require);

            StoredRevocations revocations = Wiring.revocations(stores);
            Doors doors = doorFactory.open(config, stores, revocations, readiness, metrics, memory);
            parts.push(doors);
            doors.checks().forEach(readiness::require);

            PrincipalSessions sessions =
                    new PrincipalSessions(doors.api().store(), doors.api().eviction());
            RevocationAccess revocationAccess = new RevocationAccess(apiTokens);
            Runnable tellIssuers = () -> answers.revocations(new RevocationsHandler(
                    revocations,
                    doors.issuers(),
                    (issuer, subject) -> sessions.endAll(Identity.principal(issuer, subject)),
                    (exchange, changes) -> denied(revocationAccess.look(exchange, changes)),
                    InstantSource.system()));
            tellIssuers.run();
            Gateway gateway = new Gateway(config, readiness, parts, admin, health, doors, tellIssuers);
            GatewayFacts facts =
                    new GatewayFacts(BuildVersion.number(), () -> HealthHandler.report(readiness), gateway::listeners);
            Api api = new Api(doors.api(), apiTokens, facts, gateway.new Orders());
            answers.api(api);
            metrics.onlineEverywhere(api.onlineEverywhere()::getAsLong);
            if (!config.sys().interval().isZero()) {
                parts.push(figures(config, doors.api(), api));
            }
            if (config.rebalance().automatic()) {
                ApiServices services = doors.api();
                parts.push(new AutomaticRebalance(
                        config.rebalance(), services.inquiries()::self, api::connections, services.rebalance()));
            }
            readiness.phase(Readiness.Phase.SERVING);
            gateway.tellServing(store(config));
            return gateway;
        } catch (CommandFailure | RuntimeException e) {
            close(parts);
            throw e;
        }
    }

    private static RevocationsHandler.@Nullable Denied denied(RevocationAccess.@Nullable Refusal refusal) {
        return refusal == null ? null : new RevocationsHandler.Denied(refusal.status(), refusal.why());
    }

    private static SysFigures figures(HoldfastConfig config, ApiServices services, Api api) {
        SysFigures.Figures of = new SysFigures.Figures(
                services.inquiries(),
                services.sessions(),
                services.routes(),
                services.retained(),
                services.metrics(),
                api.onlineEverywhere());
        return new SysFigures(
                Wiring.sysPublisher(services),
                of,
                BuildVersion.number(),
                config.sys().interval());
    }

    private static MemoryAccount memory(HoldfastConfig config, Metrics metrics) {
        MemoryBudget budget = MemoryBudget.of(
                config.limits().memoryBudget().bytes(), Runtime.getRuntime().maxMemory());
        MemoryAccount memory =
                new MemoryAccount(budget, kind -> metrics.refused(Refused.valueOf("MEMORY_" + kind.name())));
        metrics.gauge("memory.budget.bytes", "What may be held in memory for clients", budget::bytes);
        for (Kind kind : Kind.values()) {
            metrics.memory(tag(kind), () -> memory.held(kind), () -> memory.limit(kind));
        }
        return memory;
    }

    private static String tag(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /** After all has been closed nothing is held for anybody. */
    private static void audit(MemoryAccount memory) {
        for (Kind kind : Kind.values()) {
            if (memory.held(kind) != 0) {
                LOG.warn("The account of memory is wrong by {} bytes of {}", memory.held(kind), tag(kind));
            }
        }
    }

    /** Opens a listener of the operator's. */
    private interface Opening {
        AdminListener open() throws IOException;
    }

    private static AdminListener listen(String setting, String host, int port, Opening opening) throws CommandFailure {
        try {
            return opening.open();
        } catch (IOException e) {
            throw CommandFailure.failed("cannot listen on " + host + ":" + port + " (" + setting + ")", e);
        }
    }

    private static @Nullable AdminListener openHealth(ListenersConfig where, HealthHandler answers)
            throws CommandFailure {
        String host = where.healthHost();
        Integer port = where.healthPort();
        return port == null
                ? null
                : listen("listeners.health-port", host, port, () -> AdminListener.open(host, port, answers));
    }

    /** The real address of MQTT over TCP. */
    public InetSocketAddress tcp() {
        return doors.tcp();
    }

    /** The real address of MQTT over WebSocket. */
    public InetSocketAddress webSocket() {
        return doors.webSocket();
    }

    /** The real address of the internal listener. */
    public InetSocketAddress admin() {
        return admin.address();
    }

    /**
     * Ends a session with all that waits for its client, on whichever gateway that is connected; its connection is
     * closed (MQTT 5: DISCONNECT, Administrative action).
     *
     * @return whether there was one
     */
    public CompletionStage<Boolean> kick(String clientId) {
        return doors.kick(clientId);
    }

    /**
     * Empties this gateway, as SIGTERM does before the end: not ready at once, no new connections after
     * {@code drain.notice}, then the clients moved off at {@code drain.rate} (MQTT 5: DISCONNECT, Use another server with
     * {@code listeners.server-reference}, else Server shutting down), no wills, their sessions kept. Afterwards it lives on without clients
     * until it is ended; there is no way back. Any thread; asking again joins the drain that has begun.
     *
     * @return done when all have gone, or their time is over; at once when nobody is connected
     */
    public CompletionStage<Void> drain() {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<Void> before = draining.compareAndExchange(null, begun);
        if (before != null) {
            return before;
        }
        LOG.info("Draining");
        readiness.phase(Readiness.Phase.DRAINING);
        Thread thread = new Thread(
                () -> {
                    try {
                        doors.drain();
                        LOG.info("Drained");
                        begun.complete(null);
                    } catch (RuntimeException e) {
                        begun.completeExceptionally(e);
                    }
                },
                "holdfast-drain");
        thread.setDaemon(true);
        thread.start();
        return begun;
    }

    /**
     * Uses what another configuration says, for those who come from now on, as far as that can change while the gateway
     * runs: keys and rules ({@code auth}), certificates ({@code tls}), rates and numbers ({@code limits}), {@code log.level}. Blocks
     * while keys are read, 10 s at the most; any thread but an I/O thread.
     *
     * @return what has changed, and what would need a restart
     * @throws CommandFailure when a part of it cannot be used, and nothing has changed
     */
    public synchronized ConfigChange reload(HoldfastConfig next) throws CommandFailure {
        ConfigChange change = Reload.of(config, next);
        doors.reload(change);
        Logging.level(change.config().log().level());
        tellIssuers.run();
        config = change.config();
        LOG.atInfo().addKeyValue("changed", change.applied()).log("Configuration read again");
        if (!change.needRestart().isEmpty()) {
            LOG.atWarn().addKeyValue("settings", change.needRestart()).log("Changed settings that need a restart");
        }
        return change;
    }

    /** Reads the configuration of a gateway again, from wherever it came. */
    @FunctionalInterface
    public interface ConfigSource {
        /**
         * Reads it; blocks.
         *
         * @throws CommandFailure with a line for every problem
         */
        HoldfastConfig load() throws CommandFailure;
    }

    /** Has {@link #reload()} and the REST API read the configuration there. */
    public void configuredBy(ConfigSource newSource) {
        source = newSource;
    }

    /**
     * Reads the configuration again, and uses it as {@link #reload(HoldfastConfig)} does. Blocks; any thread but an I/O thread.
     *
     * @throws CommandFailure when it cannot be used, and nothing has changed
     */
    public synchronized ConfigChange reload() throws CommandFailure {
        ConfigSource known = source;
        if (known == null) {
            throw CommandFailure.failed("this gateway was not started from a configuration that can be read again");
        }
        try {
            return reload(known.load());
        } catch (CommandFailure e) {
            LOG.error(
                    "The configuration cannot be used, nothing has changed:{}{}",
                    System.lineSeparator(),
                    e.getMessage());
            throw e;
        }
    }

    /** What the REST API has this gateway do. */
    private final class Orders implements GatewayOrders {
        @Override
        public void drain() {
            Gateway.this.drain();
        }

        @Override
        public CompletionStage<ConfigChange> reload() {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return Gateway.this.reload();
                        } catch (CommandFailure e) {
                            // The name of the program is for the command line, and it is in front of every line there.
                            throw new NotUsable(String.valueOf(e.getMessage()).replaceFirst("^holdfast: ", ""));
                        }
                    },
                    task -> {
                        Thread thread = new Thread(task, "holdfast-reload");
                        thread.setDaemon(true);
                        thread.start();
                    });
        }
    }

    /** Where sessions are kept, for the log; without passwords. */
    private static String store(HoldfastConfig config) throws CommandFailure {
        RedisConfig redis = config.store().redis();
        Secret url = redis.url();
        return url == null
                ? "memory"
                : "redis " + RedisServers.settings(redis, url).server();
    }

    private void tellServing(String store) {
        LoggingEventBuilder line = LOG.atInfo()
                .addKeyValue("gateway", doors.id())
                .addKeyValue("version", BuildVersion.number())
                .addKeyValue("java", Runtime.version())
                .addKeyValue("dev", config.dev())
                .addKeyValue("store", store);
        for (Map.Entry<String, String> listener : listeners().entrySet()) {
            line = line.addKeyValue(listener.getKey(), listener.getValue());
        }
        line.log("Serving");
        if (config.demo().page()) {
            LOG.info("Demo page at {}://{}/", config.tls().enabled() ? "https" : "http", text(webSocket()));
        }
    }

    /** What it listens on: URLs by what they are for. */
    private Map<String, String> listeners() {
        boolean tls = config.tls().enabled();
        InetSocketAddress peers = doors.peers();
        Map<String, String> all = new LinkedHashMap<>();
        all.put("mqtt", (tls ? "mqtts://" : "mqtt://") + text(tcp()));
        all.put(
                "websocket",
                (tls ? "wss://" : "ws://")
                        + text(webSocket())
                        + config.websocket().paths().get(0));
        all.put("admin", "http://" + text(admin()));
        if (peers != null) {
            all.put("links", "tcp://" + text(peers));
        }
        if (health != null) {
            all.put("health", "http://" + text(health.address()));
        }
        return all;
    }

    /** The line that scripts wait for: {@code ready mqtt://host:port ws://host:port/mqtt admin http://host:port}. */
    public String ready() {
        StringBuilder line = new StringBuilder("ready");
        listeners().forEach((what, url) -> {
            boolean isNamed = !what.equals("mqtt") && !what.equals("websocket");
            line.append(' ').append(isNamed ? what + " " : "").append(url);
        });
        return line.toString();
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Ends cleanly: drained as by {@link #drain}, then everything behind the clients closed. */
    @Override
    public void close() {
        LOG.info("Ending");
        try {
            drain().toCompletableFuture().join();
        } catch (CompletionException e) { // all is closed in any case
            LOG.warn("clients could not be moved off at their pace", e);
        }
        close(parts);
        LOG.info("Ended");
    }

    private static void close(Deque<AutoCloseable> parts) {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) { // the others must be closed all the same
                LOG.warn("{} did not close", part.getClass().getSimpleName(), e);
            }
        }
    }
}
