// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** How this gateway is. */
public final class GatewayFacts {
    private static final long PATIENCE_MILLIS = 1_000;
    private static final double PRECISION = 1_000.0;
    private static final String HOST = hostName();

    private final String version;
    private final Supplier<CompletableFuture<ObjectNode>> readiness;
    private final Supplier<Map<String, String>> listeners;
    private final Instant startedAt = Instant.now();

    /**
     * The facts of a gateway.
     *
     * @param readiness as {@code /readyz} tells it
     * @param listeners what it listens on: URLs by what they are for
     */
    public GatewayFacts(
            String version,
            Supplier<CompletableFuture<ObjectNode>> readiness,
            Supplier<Map<String, String>> listeners) {
        this.listeners = listeners;
        this.version = version;
        this.readiness = readiness;
    }

    CompletableFuture<ObjectNode> look(Sessions sessions, List<SessionThread> threads) {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        Runtime runtime = Runtime.getRuntime();
        ObjectNode json = Json.object()
                .put("version", version)
                .put("java", Runtime.version().toString())
                .put("startedAt", startedAt.toString())
                .put("connections", sessions.online())
                .put("sessionsKnown", sessions.remembered())
                .put("loadAverage", Math.round(system.getSystemLoadAverage() * PRECISION) / PRECISION)
                .put("processors", runtime.availableProcessors())
                .put("heapUsedBytes", runtime.totalMemory() - runtime.freeMemory())
                .put("heapMaxBytes", runtime.maxMemory());
        ObjectNode urls = json.put("host", HOST).putObject("listeners");
        listeners.get().forEach(urls::put);
        return lag(threads)
                .thenCombine(
                        readiness.get(),
                        (millis, report) -> json.put("ioLagMillis", millis)
                                .put("ready", report.path("ready").asBoolean())
                                .set("checks", report.path("checks")));
    }

    /** The name of this machine, which says where a gateway runs that listens on all its addresses; asked once. */
    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "";
        }
    }

    /** How long the slowest I/O thread takes to come to something new. */
    private static CompletableFuture<Long> lag(List<SessionThread> threads) {
        long asked = System.nanoTime();
        CompletableFuture<?>[] all = threads.stream()
                .map(thread -> CompletableFuture.runAsync(() -> {}, thread))
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(all)
                .thenApply(nothing -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked))
                .completeOnTimeout(PATIENCE_MILLIS, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
}
