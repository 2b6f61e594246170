// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class MetricsTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Metrics metrics = new Metrics(registry);

    @Test
    void whatIsCountedIsScrapedUnderItsName() {
        metrics.connectionOpened(Transport.WS);
        metrics.connectionOpened(Transport.WS);
        metrics.connectionClosed(Transport.WS);
        metrics.connect("accepted");
        metrics.disconnect("keep_alive", true);
        metrics.disconnect("normal", false);
        PacketCounts loop = metrics.packetCounts();
        loop.received(1);
        loop.received(0);
        loop.sent(13);
        metrics.bytesReceived(10);
        metrics.bytesSent(20);
        loop.publishReceived(1);
        loop.publishSent(2);
        metrics.packetCounts().publishSent(2);
        loop.publishSent(0);
        metrics.dropped(Dropped.QUEUE_FULL);
        metrics.takeover();
        metrics.willPublished();
        metrics.refused(Refused.CONNECT_RATE);
        metrics.tokenRejected("expired");
        metrics.storeError(StoreOperation.ATTACH);
        metrics.sessions(() -> 3, () -> 4);
        metrics.subscriptions(() -> 5);
        metrics.retained(() -> 6);
        metrics.build("0.1.0");

        assertThat(registry.scrape().lines())
                .contains(
                        "mqtt_gateway_connections{transport=\"ws\"} 1.0",
                        "mqtt_gateway_connections{transport=\"tcp\"} 0.0",
                        "mqtt_gateway_connects_total{result=\"accepted\"} 1.0",
                        "mqtt_gateway_disconnects_total{by=\"server\",reason=\"keep_alive\"} 1.0",
                        "mqtt_gateway_disconnects_total{by=\"client\",reason=\"normal\"} 1.0",
                        "mqtt_gateway_packets_received_total{type=\"connect\"} 1.0",
                        "mqtt_gateway_packets_received_total{type=\"invalid\"} 1.0",
                        "mqtt_gateway_packets_sent_total{type=\"pingresp\"} 1.0",
                        "mqtt_gateway_bytes_received_total 10.0",
                        "mqtt_gateway_bytes_sent_total 20.0",
                        "mqtt_gateway_publish_received_total{qos=\"1\"} 1.0",
                        "mqtt_gateway_publish_delivered_total{qos=\"2\"} 2.0",
                        "mqtt_gateway_packets_sent_total{type=\"publish\"} 3.0",
                        "mqtt_gateway_messages_dropped_total{cause=\"queue_full\"} 1.0",
                        "mqtt_gateway_takeovers_total 1.0",
                        "mqtt_gateway_wills_published_total 1.0",
                        "mqtt_gateway_rate_limited_total{kind=\"connect_rate\"} 1.0",
                        "mqtt_gateway_token_rejected_total{why=\"expired\"} 1.0",
                        "mqtt_gateway_store_errors_total{op=\"attach\"} 1.0",
                        "mqtt_gateway_sessions{state=\"online\"} 3.0",
                        "mqtt_gateway_cluster_sessions{state=\"offline\"} 4.0",
                        "mqtt_gateway_subscriptions 5.0",
                        "mqtt_gateway_retained_messages 6.0")
                .anyMatch(line -> line.startsWith("mqtt_gateway_build_info{") && line.contains("version=\"0.1.0\""));
    }

    @Test
    void anOperationOfTheStoreFallsIntoTheBucketOfItsTime() {
        // Between 100 ms and 1 s: the test may be held up in between.
        metrics.storeAnswered(TimedOperation.ATTACH, System.nanoTime() - 300_000_000L);

        assertThat(registry.scrape().lines())
                .contains(
                        "mqtt_gateway_store_op_seconds_bucket{op=\"attach\",le=\"0.1\"} 0",
                        "mqtt_gateway_store_op_seconds_bucket{op=\"attach\",le=\"1.0\"} 1",
                        "mqtt_gateway_store_op_seconds_count{op=\"attach\"} 1",
                        "mqtt_gateway_store_op_seconds_count{op=\"enqueue\"} 0");
    }

    @Test
    void aSeriesThatHasNotHappenedYetIsZeroAndNotAbsent() {
        assertThat(registry.scrape().lines())
                .contains(
                        "mqtt_gateway_messages_dropped_total{cause=\"slow\"} 0.0",
                        "mqtt_gateway_publish_received_total{qos=\"2\"} 0.0",
                        "mqtt_gateway_takeovers_total 0.0");
    }

    @Test
    void aTotalThatSomebodyElseKeepsGoesOnAfterMemoryHasBeenCollected() {
        AtomicInteger kept = new AtomicInteger(1);
        metrics.total("kept", "Kept by somebody else", kept::get);
        WeakReference<Object> garbage = new WeakReference<>(new Object());

        await().until(() -> {
            System.gc();
            return garbage.get() == null;
        });
        kept.set(2);

        assertThat(registry.scrape().lines()).contains("mqtt_gateway_kept_total 2.0");
    }
}
