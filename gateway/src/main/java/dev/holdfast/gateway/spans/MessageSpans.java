// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.spans;

import dev.holdfast.gateway.codec.UserProperties;
import dev.holdfast.gateway.config.OpenTelemetryConfig;
import dev.holdfast.store.Message;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells OpenTelemetry what becomes of messages that carry the user property {@code traceparent} (W3C Trace Context): spans
 * whose parent is the span of the publisher. The property itself goes on as it came [MQTT-3.3.2-17]. Of a message without it nothing is told,
 * since neither end could find it. Never a payload. Any thread; does not block, unless the operator's SDK does.
 */
public final class MessageSpans {
    private static final Logger LOG = LoggerFactory.getLogger(MessageSpans.class);

    private static final String TRACE_PARENT = "traceparent";
    private static final byte[] TRACE_PARENT_UTF8 = TRACE_PARENT.getBytes(StandardCharsets.UTF_8);
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> TOPIC = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<Long> PAYLOAD_BYTES = AttributeKey.longKey("messaging.message.body.size");
    private static final AttributeKey<Long> QOS = AttributeKey.longKey("mqtt.qos");
    private static final AttributeKey<Long> SESSIONS = AttributeKey.longKey("mqtt.sessions");

    private static final TextMapGetter<Message> PROPERTIES = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Message message) {
            return List.of(TRACE_PARENT, "tracestate");
        }

        @Override
        public @Nullable String get(@Nullable Message message, String key) {
            return message == null ? null : UserProperties.first(message, key.getBytes(StandardCharsets.UTF_8));
        }
    };

    private final Tracer tracer;
    private final boolean hasTopics;

    private MessageSpans(Tracer tracer, boolean hasTopics) {
        this.tracer = tracer;
        this.hasTopics = hasTopics;
    }

    /** Spans for the OpenTelemetry SDK of this process; null if they are not wanted, or if there is none, which is logged. */
    public static @Nullable MessageSpans of(OpenTelemetryConfig config) {
        if (!config.enabled()) {
            return null;
        }
        Tracer tracer = GlobalOpenTelemetry.get().getTracer("dev.holdfast.gateway");
        Span probe = tracer.spanBuilder("start").startSpan();
        probe.end();
        if (!probe.getSpanContext().isValid()) {
            LOG.warn("There is no OpenTelemetry SDK in this process: no spans are made (opentelemetry.enabled)");
            return null;
        }
        return new MessageSpans(tracer, config.topics());
    }

    /** A PUBLISH from a client has been acknowledged, or was of QoS 0 and has been taken: since it came. */
    public void published(Message message) {
        end(begin("publish", SpanKind.SERVER, message, message.arrivedAtMillis()));
    }

    /**
     * A PUBLISH from a client has been refused.
     *
     * @param why a constant
     */
    public void refused(Message message, String why) {
        SpanBuilder span = begin("publish", SpanKind.SERVER, message, message.arrivedAtMillis());
        if (span != null) {
            span.startSpan().setStatus(StatusCode.ERROR, why).end();
        }
    }

    /**
     * The store has answered for the queues of kept sessions.
     *
     * @param askedAtMillis when it was asked, milliseconds since the epoch
     * @param sessions how many queues
     * @param isStored whether they have the message, as far as is known
     */
    public void stored(Message message, long askedAtMillis, int sessions, boolean isStored) {
        SpanBuilder span = begin("store", SpanKind.CLIENT, message, askedAtMillis);
        if (span == null) {
            return;
        }
        span.setAttribute(SESSIONS, (long) sessions);
        if (isStored) {
            end(span);
        } else {
            span.startSpan().setStatus(StatusCode.ERROR, "store").end();
        }
    }

    /**
     * A PUBLISH has been sent to a client: since the message came to the first gateway, be it days ago; a retained one that a subscription asks for
     * has no such time.
     *
     * @param qos of this delivery
     * @param nowMillis milliseconds since the epoch
     */
    public void delivered(Message message, int qos, boolean isRetained, long nowMillis) {
        SpanBuilder span =
                begin("deliver", SpanKind.PRODUCER, message, isRetained ? nowMillis : message.arrivedAtMillis());
        if (span != null) {
            end(span.setAttribute(QOS, (long) qos));
        }
    }

    private @Nullable SpanBuilder begin(String name, SpanKind kind, Message message, long sinceMillis) {
        if (UserProperties.first(message, TRACE_PARENT_UTF8) == null) {
            return null;
        }
        Context parent = W3CTraceContextPropagator.getInstance().extract(Context.root(), message, PROPERTIES);
        if (!Span.fromContext(parent).getSpanContext().isValid()) {
            return null;
        }
        SpanBuilder span = tracer.spanBuilder(name)
                .setParent(parent)
                .setSpanKind(kind)
                .setStartTimestamp(sinceMillis, TimeUnit.MILLISECONDS)
                .setAttribute(SYSTEM, "mqtt")
                .setAttribute(QOS, (long) message.qos())
                .setAttribute(PAYLOAD_BYTES, (long) message.payloadLength());
        return hasTopics ? span.setAttribute(TOPIC, message.topic()) : span;
    }

    private static void end(@Nullable SpanBuilder span) {
        if (span != null) {
            span.startSpan().end();
        }
    }
}
