// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.spans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the SDK of OpenTelemetry hears of messages, in a gateway in this process. */
final class MessageSpansTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";
    private static final String SAMPLED = "00-" + TRACE + "-" + PARENT + "-01";
    private static final String NOT_SAMPLED = "00-" + TRACE + "-" + PARENT + "-00";

    private final Queue<SpanData> spans = new ConcurrentLinkedQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private final SdkTracerProvider sdk = SdkTracerProvider.builder()
            .addSpanProcessor(new Counted())
            .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
            .build();

    @BeforeEach
    void install() {
        GlobalOpenTelemetry.resetForTest();
        GlobalOpenTelemetry.set(new OpenTelemetry() {
            @Override
            public TracerProvider getTracerProvider() {
                return sdk;
            }

            @Override
            public ContextPropagators getPropagators() {
                return ContextPropagators.noop();
            }
        });
    }

    @AfterEach
    void remove() {
        GlobalOpenTelemetry.resetForTest();
        sdk.close();
    }

    /** How many spans have begun and not ended. */
    private final class Counted implements SpanProcessor {
        @Override
        public void onStart(Context parent, ReadWriteSpan span) {
            open.incrementAndGet();
        }

        @Override
        public boolean isStartRequired() {
            return true;
        }

        @Override
        public void onEnd(ReadableSpan span) {
            open.decrementAndGet();
        }

        @Override
        public boolean isEndRequired() {
            return true;
        }
    }

    private final class Kept implements SpanExporter {
        @Override
        public CompletableResultCode export(Collection<SpanData> ended) {
            spans.addAll(ended);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private static InProcessGateway gateway(String... settings) {
        return InProcessGateway.start(List.of(settings));
    }

    private static RawClient connect(InProcessGateway gateway, Connect connect) {
        return new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5).connected(connect);
    }

    private static Publish traced(String topic, String parent) {
        return Publish.publish(topic, "nobodys-business")
                .with(Prop.CONTENT_TYPE, "text/plain")
                .userProperty("first", "1")
                .userProperty("traceparent", parent)
                .userProperty("tracestate", "vendor=x");
    }

    /** The spans of a trace, once there are so many. */
    private List<SpanData> told(int count) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(ofTrace()).hasSizeGreaterThanOrEqualTo(count));
        return ofTrace();
    }

    private List<SpanData> ofTrace() {
        return spans.stream().filter(each -> each.getTraceId().equals(TRACE)).toList();
    }

    @Test
    void aMessageWithATraceParentIsToldAsItIsPublishedStoredAndDelivered() {
        try (InProcessGateway gateway = gateway("opentelemetry.enabled=true")) {
            RawClient away = connect(gateway, Connect.kept("away")).subscribed("t", 1);
            away.disconnect();
            RawClient here = connect(gateway, Connect.connect("here")).subscribed("t", 0);
            RawClient publisher = connect(gateway, Connect.connect("publisher"));

            publisher.published(traced("t", SAMPLED).qos(1), 1);
            here.take();
            connect(gateway, Connect.kept("away").cleanStart(false)).take();

            List<SpanData> told = told(4);
            assertThat(open).as("spans that never end").hasValue(0);
            assertThat(told)
                    .extracting(SpanData::getName)
                    .containsExactlyInAnyOrder("publish", "store", "deliver", "deliver");
            assertThat(told).allSatisfy(span -> {
                assertThat(span.getParentSpanId()).isEqualTo(PARENT);
                assertThat(span.getParentSpanContext().getTraceState().get("vendor"))
                        .isEqualTo("x");
                assertThat(span.getEndEpochNanos()).isGreaterThanOrEqualTo(span.getStartEpochNanos());
                assertThat(span.getAttributes().toString())
                        .contains("messaging.message.body.size=16")
                        .doesNotContain("nobodys-business", "destination", "away", "publisher");
            });
        }
    }

    @Test
    void topicsAreToldIfTheyAreAskedForAndARefusalIsAnError() {
        try (InProcessGateway gateway = gateway("opentelemetry.enabled=true", "opentelemetry.topics=true")) {
            RawClient publisher = connect(gateway, Connect.connect("publisher"));

            publisher.send(traced("$SYS/mine", SAMPLED).atLeastOnce(1)).expectAny();

            SpanData span = told(1).get(0);
            assertThat(span.getAttributes().toString()).contains("$SYS/mine");
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(span.getStatus().getDescription()).isEqualTo("NOT_AUTHORIZED");
        }
    }

    @Test
    void whatHasNoUsableTraceParentOrIsNotSampledOrIsNotAskedForIsNotTold() {
        try (InProcessGateway off = gateway();
                InProcessGateway on = gateway("opentelemetry.enabled=true")) {
            RawClient untold = connect(off, Connect.connect("publisher"));
            untold.published(traced("t", SAMPLED).qos(1), 1);
            RawClient publisher = connect(on, Connect.connect("publisher"));
            publisher.published(traced("t", NOT_SAMPLED).qos(1), 1);
            publisher.published(
                    traced("t", "00-" + TRACE + "-0000000000000000-01").qos(1), 2);
            publisher.published(traced("t", "rubbish").qos(1), 3);
            publisher.published(
                    Publish.publish("t", "plain")
                            .userProperty("Traceparent", SAMPLED)
                            .qos(1),
                    4);
            assertThat(ofTrace()).isEmpty();

            publisher.published(traced("t", SAMPLED).qos(2), 5);

            assertThat(told(1)).extracting(SpanData::getName).containsExactly("publish");
        }
    }
}
