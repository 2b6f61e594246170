// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.sys;

import dev.holdfast.gateway.cluster.Inquiries;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes figures at an interval, retained: each gateway its own below {@code $SYS/brokers/GATEWAY}, and the one with the lowest
 * name those of all gateways. They expire, so that what a gateway that has gone had published goes, too.
 */
public final class SysFigures implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SysFigures.class);
    /** Of three that are published one may be lost. */
    private static final int INTERVALS_WORTH = 3;

    private final SysPublisher publisher;
    private final Figures of;
    private final String version;
    private final long expirySeconds;
    private final Instant startedAt = Instant.now();
    private final ScheduledExecutorService timer;

    /**
     * Where the figures come from.
     *
     * @param onlineEverywhere clients that are connected, at all gateways
     */
    public record Figures(
            Inquiries gateways,
            Sessions sessions,
            Routes routes,
            RetainedMessages retained,
            Metrics metrics,
            LongSupplier onlineEverywhere) {}

    /** Begins to publish, on a thread of its own. */
    public SysFigures(SysPublisher publisher, Figures of, String version, Duration interval) {
        this.publisher = publisher;
        this.of = of;
        this.version = version;
        this.expirySeconds = Math.max(1, interval.toSeconds()) * INTERVALS_WORTH;
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "holdfast-sys");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleAtFixedRate(this::publish, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void publish() {
        try {
            String self = of.gateways().self();
            Set<String> gateways = of.gateways().gateways();
            own("$SYS/brokers/" + self);
            if (gateways.iterator().next().equals(self)) {
                cluster(gateways);
            }
        } catch (RuntimeException e) { // or the timer would stop for good
            LOG.warn("figures could not be published below $SYS", e);
        }
    }

    private void own(String below) {
        Metrics.Totals totals = of.metrics().totals();
        put(below + "/version", version);
        put(below + "/datetime", Instant.now());
        put(below + "/uptime", Duration.between(startedAt, Instant.now()).toSeconds());
        put(below + "/stats/connections/count", of.sessions().online());
        put(below + "/metrics/messages/received", totals.messagesReceived());
        put(below + "/metrics/messages/sent", totals.messagesSent());
        put(below + "/metrics/messages/dropped", totals.messagesDropped());
        put(below + "/metrics/bytes/received", totals.bytesReceived());
        put(below + "/metrics/bytes/sent", totals.bytesSent());
    }

    private void cluster(Set<String> gateways) {
        put("$SYS/brokers", String.join(",", gateways));
        put("$SYS/cluster/gateways/count", gateways.size());
        put("$SYS/cluster/sessions/online", of.onlineEverywhere().getAsLong());
        put("$SYS/cluster/sessions/offline", of.sessions().offline());
        put("$SYS/cluster/subscriptions/count", of.routes().size());
        put("$SYS/cluster/retained/count", of.retained().size());
    }

    private void put(String topic, Object value) {
        publisher.publish(topic, value.toString(), 0, true, expirySeconds).whenComplete((published, failure) -> {
            if (failure != null) {
                LOG.debug("{} could not be published", topic, failure);
            }
        });
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
