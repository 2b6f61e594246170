// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.cli.terminal.Bytes;
import dev.holdfast.gateway.cli.terminal.Words;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/** A message as {@code sub} prints it. */
final class MessageLine {
    private static final Map<Integer, String> TEXTS = Map.of(
            MqttProperties.CONTENT_TYPE, "contentType",
            MqttProperties.RESPONSE_TOPIC, "responseTopic");

    private final SubCommand.Form form;
    private final boolean withTopic;

    MessageLine(SubCommand.Form form, boolean withTopic) {
        this.form = form;
        this.withTopic = withTopic;
    }

    /** The line, without its end. */
    byte[] of(ClientMessage message) {
        return switch (form) {
            case RAW -> message.payload();
            case TEXT -> {
                String text = Words.escaped(Bytes.text(message.payload()));
                yield utf8(withTopic ? Words.escaped(message.topic()) + " " + text : text);
            }
            case JSON -> utf8(json(message).toString());
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode json(ClientMessage message) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("topic", message.topic())
                .put("qos", message.qos())
                .put("retain", message.isRetain())
                .put("receivedAt", Instant.now().toString());
        String text = Bytes.utf8(message.payload());
        if (text != null) {
            json.put("payload", text);
        } else {
            json.put("payloadBase64", Base64.getEncoder().encodeToString(message.payload()));
        }
        for (MqttProperty<?> each : message.properties().listAll()) {
            String name = TEXTS.get(each.propertyId());
            if (name != null) {
                json.put(name, String.valueOf(each.value()));
            } else if (each.propertyId() == MqttProperties.PUBLICATION_EXPIRY_INTERVAL) {
                json.put("expirySeconds", Integer.toUnsignedLong((Integer) each.value()));
            } else if (each.propertyId() == MqttProperties.CORRELATION_DATA) {
                json.put("correlationDataBase64", Base64.getEncoder().encodeToString((byte[]) each.value()));
            } else if (each instanceof UserProperties all) {
                ArrayNode pairs = json.putArray("userProperties");
                all.value()
                        .forEach(pair -> pairs.add(JsonNodeFactory.instance
                                .objectNode()
                                .put("name", pair.key)
                                .put("value", pair.value)));
            }
        }
        return json;
    }
}
