// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.DemoHandler;
import dev.holdfast.gateway.admin.Readiness;
import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.gateway.api.ApiServices;
import dev.holdfast.gateway.cluster.Drain;
import dev.holdfast.gateway.cluster.Eviction;
import dev.holdfast.gateway.config.ConfigChange;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.ListenersConfig;
import dev.holdfast.gateway.config.TlsConfig;
import dev.holdfast.gateway.config.WebSocketConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.hooks.LifecycleHooks;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.protocol.Handlers;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.SocketListeners;
import dev.holdfast.gateway.transport.socket.IoLoop;
import dev.holdfast.gateway.transport.tls.TicketSource;
import dev.holdfast.gateway.transport.tls.TlsContext;
import dev.holdfast.gateway.transport.ws.HealthPath;
import dev.holdfast.gateway.transport.ws.Origins;
import dev.holdfast.gateway.transport.ws.TrustedProxies;
import dev.holdfast.gateway.transport.ws.WebSocketSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TCP and the WebSocket listener on Undertow, with TLS if there is a certificate. */
final class ClientDoors implements Doors {
    private static final Logger LOG = LoggerFactory.getLogger(ClientDoors.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    /** Those who went by {@link #drain} have been waited for already. */
    private static final Duration LEFT_PATIENCE = Duration.ofSeconds(1);

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final Duration SWEEP_PERIOD = Duration.ofSeconds(1);
    private static final Duration LONGEST_LAG = Duration.ofMillis(500);
    /** How often the keys of TLS tickets are looked at: a new one is used after two looks, one that was deleted until the next. */
    private static final Duration TICKET_LOOK_PERIOD = Duration.ofSeconds(30);

    private static final int POOLED_CHUNKS = 1024;
    private static final int LEAST_HEADER_BYTES = 16 * 1024;
    /** What a browser sends besides a token. */
    private static final int OTHER_HEADER_BYTES = 8 * 1024;

    private final HoldfastConfig config;
    private final SocketListeners listeners;
    private final Authentication authentication;
    private final LifecycleHooks hooks;
    private final Readiness readiness;
    private final Metrics metrics;
    private @Nullable Handlers handlers;
    private @Nullable TlsContext tls;
    private Map<String, ReadinessCheck> checks = Map.of();
    private Runnable atEnd = () -> {};
    private Runnable atLast = () -> {};
    private Supplier<String> id = () -> "";
    private @Nullable Eviction eviction;
    private @Nullable ApiServices api;
    private @Nullable Drain drain;
    private @Nullable DemoHandler demo;
    private @Nullable InetSocketAddress tcp;
    private @Nullable InetSocketAddress webSocket;
    private @Nullable InetSocketAddress peers;

    private ClientDoors(
            HoldfastConfig config,
            SocketListeners listeners,
            Authentication authentication,
            LifecycleHooks hooks,
            Readiness readiness,
            Metrics metrics) {
        this.config = config;
        this.metrics = metrics;
        this.readiness = readiness;
        this.listeners = listeners;
        this.authentication = authentication;
        this.hooks = hooks;
    }

    /** Starts the I/O threads; nothing listens yet. */
    static ClientDoors start(
            HoldfastConfig config,
            Authentication authentication,
            LifecycleHooks hooks,
            Readiness readiness,
            Metrics metrics,
            MemoryAccount memory,
            ConnectRates rates) {
        return new ClientDoors(
                config,
                SocketListeners.start(settings(config, memory, rates), observer(metrics)),
                authentication,
                hooks,
                readiness,
                metrics);
    }

    private static TransportSettings settings(HoldfastConfig config, MemoryAccount memory, ConnectRates rates) {
        LimitsConfig limits = config.limits();
        int threads = config.listeners().ioThreads();
        return new TransportSettings(
                threads > 0 ? threads : Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                config.listeners().backlog(),
                limits.outboundCloseBytes().asInt(),
                limits.writeStall(),
                CLOSE_PATIENCE,
                config.websocket().handshakeTimeout(),
                SWEEP_PERIOD,
                POOLED_CHUNKS,
                memory,
                limits.maxConnectionsPerAddress(),
                rates);
    }

    private static TransportObserver observer(Metrics metrics) {
        return new TransportObserver() {
            @Override
            public void bytesOut(Transport transport, long bytes) {
                metrics.bytesSent(bytes);
            }

            @Override
            public void bytesIn(Transport transport, int bytes) {
                metrics.bytesReceived(bytes);
            }

            @Override
            public void bytesSaved(Transport transport, int bytes) {
                metrics.bytesSaved(bytes);
            }

            @Override
            public void refused(Transport transport, Refused kind) {
                metrics.refused(kind);
            }

            @Override
            public void lag(long millis) {
                metrics.ioLag(millis);
            }
        };
    }

    /** The I/O threads. */
    List<IoLoop> loops() {
        return listeners.loops();
    }

    /**
     * Takes note of the others that share the stores.
     *
     * @param check whether they, and the stores, are there
     * @param leave leaves them, after the last client has gone; waits for a bounded time
     */
    void shared(ReadinessCheck check, Runnable leave) {
        checks = Map.of("redis", check);
        atEnd = leave;
    }

    /** Takes note of what is given back when nothing runs any more. */
    void atLast(Runnable newAtLast) {
        atLast = newAtLast;
    }

    /** Takes note of the name by which other gateways know this one. */
    void knownAs(Supplier<String> newId) {
        id = newId;
    }

    @Override
    public String id() {
        return id.get();
    }

    /** Takes note of what ends sessions for the operator. */
    void evictBy(Eviction newEviction) {
        eviction = newEviction;
    }

    /** Takes note of what moves clients off. */
    void drainBy(Drain newDrain) {
        drain = newDrain;
    }

    /** Takes note of what the REST API works on. */
    void operatedBy(ApiServices services) {
        api = services;
    }

    @Override
    public ApiServices api() {
        return Objects.requireNonNull(api);
    }

    /** Serves the demo page, too, once the doors are open. */
    void demo(DemoHandler page) {
        demo = page;
    }

    /**
     * Listens.
     *
     * @param ticketKeys the keys of TLS tickets
     */
    void open(Handlers newHandlers, TicketSource ticketKeys) throws CommandFailure {
        handlers = newHandlers;
        ListenersConfig where = config.listeners();
        TlsContext certificate = tls(ticketKeys);
        metrics.total(
                "tls.resumed",
                "TLS handshakes that resumed a session by a ticket",
                () -> certificate == null ? 0 : certificate.resumed());
        metrics.total(
                "tls.reload.failures",
                "Times that other files of the certificate, or changed ones, could not be used, and the one from before stayed",
                () -> certificate == null ? 0 : certificate.reloadFailures());
        metrics.gauge(
                "tls.files.unusable",
                "1 while the files of the certificate cannot be used as they are, and the one from before serves; else 0",
                () -> certificate != null && certificate.isUnusable() ? 1 : 0);
        ListenerOptions tcpOptions = new ListenerOptions(where.isProxyBeforeTcp(), certificate);
        ListenerOptions wsOptions = new ListenerOptions(where.isProxyBeforeWs(), certificate);
        tcp = bind(
                "listeners.tcp-port", where.host(), where.tcpPort(), at -> listeners.tcp(at, tcpOptions, newHandlers));
        webSocket = bind(
                "listeners.ws-port",
                where.host(),
                where.wsPort(),
                at -> listeners.webSocket(at, wsOptions, webSocketSettings(), demo, newHandlers));
    }

    /** Listens for other gateways; returns the bound address. */
    InetSocketAddress peers(String host, int port, Acceptor acceptor) throws CommandFailure {
        peers = bind("cluster.host, cluster.port", host, port, at -> listeners.peers(at, acceptor));
        return peers;
    }

    /** Connects to another gateway, on the first loop. */
    CompletableFuture<@Nullable Void> connect(InetSocketAddress address, Acceptor acceptor) {
        return listeners.connect(address, loops().get(0), PATIENCE, acceptor);
    }

    private @Nullable TlsContext tls(TicketSource ticketKeys) throws CommandFailure {
        TlsConfig wanted = config.tls();
        if (!wanted.enabled()) {
            return null;
        }
        try {
            TlsContext opened = TlsContext.open(TlsFiles.settings(wanted));
            tls = opened;
            opened.shareTickets(ticketKeys, TICKET_LOOK_PERIOD);
            return opened;
        } catch (IOException | GeneralSecurityException e) {
            CommandFailure failure = new CommandFailure(
                    CommandFailure.USAGE, "holdfast: the certificate cannot be used (tls): " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    /** Every token that may be looked at fits into the headers of an upgrade. */
    private static int maxHeaderBytes(@Nullable JwtConfig jwt) {
        return jwt == null
                ? LEAST_HEADER_BYTES
                : Math.max(LEAST_HEADER_BYTES, jwt.maxTokenBytes() + OTHER_HEADER_BYTES);
    }

    private WebSocketSettings webSocketSettings() {
        WebSocketConfig webSocket = config.websocket();
        return new WebSocketSettings(
                webSocket.paths(),
                webSocket.allowedOrigins().contains(WebSocketConfig.ANY_ORIGIN)
                        ? Origins.ANY
                        : Origins.of(webSocket.allowedOrigins()),
                TrustedProxies.of(webSocket.trustedProxies(), webSocket.forwardedHeader()),
                webSocket.pingInterval(),
                webSocket.pingInterval().multipliedBy(2),
                webSocket.handshakeTimeout(),
                maxHeaderBytes(config.auth().jwt()),
                maxFrameBytes(config.limits()),
                webSocket.compression(),
                webSocket.healthPath().isEmpty() ? null : new HealthPath(webSocket.healthPath(), readiness::isReady));
    }

    /** Clients that send a packet as one frame, beyond what is taken, are answered in MQTT as far as their packet is skipped. */
    private static long maxFrameBytes(LimitsConfig limits) {
        return Math.max(
                limits.maxPacketSize().bytes() * 2,
                limits.maxSkippedPacketSize().bytes() + limits.maxPacketSize().bytes());
    }

    /** Binds one listener. */
    private interface Binding {
        InetSocketAddress at(InetSocketAddress address) throws IOException;
    }

    private static InetSocketAddress bind(String setting, String host, int port, Binding binding)
            throws CommandFailure {
        try {
            return binding.at(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw CommandFailure.failed("cannot listen on " + host + ":" + port + " (" + setting + ")", e);
        }
    }

    @Override
    public InetSocketAddress tcp() {
        return Objects.requireNonNull(tcp);
    }

    @Override
    public InetSocketAddress webSocket() {
        return Objects.requireNonNull(webSocket);
    }

    @Override
    public @Nullable InetSocketAddress peers() {
        return peers;
    }

    @Override
    public CompletableFuture<Boolean> kick(String clientId) {
        return Objects.requireNonNull(eviction).kick(clientId);
    }

    @Override
    public void drain() {
        Objects.requireNonNull(drain).run(() -> {
            Objects.requireNonNull(handlers).clients().letNobodyIn();
            listeners.stopAcceptingClients();
        });
    }

    @Override
    public void reload(ConfigChange change) throws CommandFailure {
        HoldfastConfig next = change.config();
        Authentication.Prepared prepared = changes(change, "auth.") ? authentication.prepare(next) : null;
        TlsContext encryption = tls;
        if (encryption != null) {
            try {
                encryption.reload(TlsFiles.settings(next.tls())); // the last that may fail
            } catch (IOException | GeneralSecurityException e) {
                if (prepared != null) {
                    authentication.discard(prepared);
                }
                throw CommandFailure.failed("the certificate cannot be used (tls)", e);
            }
        }
        if (prepared != null) {
            authentication.use(prepared);
        }
        if (changes(change, "limits.")) {
            Objects.requireNonNull(handlers).clients().limits(next.limits());
        }
    }

    private static boolean changes(ConfigChange change, String section) {
        return change.applied().stream().anyMatch(path -> path.startsWith(section));
    }

    @Override
    public Set<String> issuers() {
        return authentication.issuers();
    }

    @Override
    public Map<String, ReadinessCheck> checks() {
        Map<String, ReadinessCheck> all = new HashMap<>(authentication.checks());
        all.putAll(checks);
        loops().forEach(loop -> all.put("io-" + loop.index(), () -> prompt(loop)));
        return all;
    }

    /** A loop that answers late serves all its clients as late. */
    private static CompletableFuture<String> prompt(IoLoop loop) {
        return loop.answer().thenApply(lag -> {
            if (lag.compareTo(LONGEST_LAG) > 0) {
                throw new IllegalStateException("answered after " + lag.toMillis() + " ms");
            }
            return "answered after " + lag.toMillis() + " ms";
        });
    }

    /** What the store has not been told is taken for the end of a dead gateway: its wills would be published. */
    private static void awaitLeft(CompletableFuture<?> left) {
        try {
            left.get(LEFT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the store has not been told in time that all clients have gone");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        listeners.stopAccepting();
        if (handlers != null) {
            awaitLeft(handlers.clients().shutDown());
        }
        atEnd.run();
        listeners.stop(PATIENCE);
        if (tls != null) {
            tls.close();
        }
        atLast.run();
        authentication.close();
        hooks.close();
    }
}
