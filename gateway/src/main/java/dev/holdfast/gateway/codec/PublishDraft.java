// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that comes otherwise than as a packet. It is made into one first, so that it passes the very checks of those that
 * clients send.
 *
 * @param topic the topic name
 * @param payload owned by the draft
 * @param qos 0 to 2
 * @param expirySeconds the Message Expiry Interval, 0 to 2^32 - 1; -1 for none
 * @param payloadIsUtf8 the Payload Format Indicator
 * @param contentType or null
 * @param responseTopic or null
 * @param correlationData or null
 * @param userProperties names and values, in order
 */
public record PublishDraft(
        String topic,
        byte[] payload,
        int qos,
        boolean retain,
        long expirySeconds,
        boolean payloadIsUtf8,
        @Nullable String contentType,
        @Nullable String responseTopic,
        byte @Nullable [] correlationData,
        List<Map.Entry<String, String>> userProperties) {
    private static final int PUBLISH = 0x30;
    private static final int LONGEST_BINARY = 65_535;

    /**
     * Makes the message.
     *
     * @param nowMillis when it came, milliseconds since the epoch
     * @throws MalformedPacketException if no client might send it; the message says why
     */
    public Message toMessage(MessageId id, DecodeLimits limits, int maxPacketBytes, long nowMillis)
            throws MalformedPacketException {
        ByteArrayOutputStream content = new ByteArrayOutputStream(payload.length + 128);
        text(content, topic);
        if (qos > 0) {
            content.write(0);
            content.write(1); // any packet identifier: the message does not keep it
        }
        ByteArrayOutputStream properties = properties();
        number(content, properties.size());
        content.writeBytes(properties.toByteArray());
        content.writeBytes(payload);
        byte[] body = content.toByteArray();
        if (body.length > maxPacketBytes) {
            throw new MalformedPacketException(
                    MalformedPacketException.Kind.PACKET_TOO_LARGE,
                    "expected a packet of at most " + maxPacketBytes + " bytes");
        }
        ByteArrayOutputStream packet = new ByteArrayOutputStream(body.length + 5);
        packet.write(PUBLISH | qos << 1 | (retain ? 1 : 0));
        number(packet, body.length);
        packet.writeBytes(body);
        PublishView view = new PublishView();
        view.decode(packet.toByteArray(), 0, packet.size(), MqttVersion.MQTT_5, limits);
        view.requirePayloadFormat();
        return view.toMessage(id, null, nowMillis);
    }

    private ByteArrayOutputStream properties() throws MalformedPacketException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (payloadIsUtf8) {
            out.write(Property.PAYLOAD_FORMAT_INDICATOR);
            out.write(1);
        }
        if (expirySeconds >= 0) {
            out.write(Property.MESSAGE_EXPIRY_INTERVAL);
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.write((int) (expirySeconds >>> shift));
            }
        }
        if (contentType != null) {
            out.write(Property.CONTENT_TYPE);
            text(out, contentType);
        }
        if (responseTopic != null) {
            out.write(Property.RESPONSE_TOPIC);
            text(out, responseTopic);
        }
        if (correlationData != null) {
            out.write(Property.CORRELATION_DATA);
            binary(out, correlationData);
        }
        for (Map.Entry<String, String> each : userProperties) {
            out.write(Property.USER_PROPERTY);
            text(out, each.getKey());
            text(out, each.getValue());
        }
        return out;
    }

    private static void text(ByteArrayOutputStream out, String text) throws MalformedPacketException {
        binary(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void binary(ByteArrayOutputStream out, byte[] bytes) throws MalformedPacketException {
        if (bytes.length > LONGEST_BINARY) {
            throw MalformedPacketException.malformed("longer than " + LONGEST_BINARY + " bytes");
        }
        out.write(bytes.length >>> 8);
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    private static void number(ByteArrayOutputStream out, int value) {
        byte[] bytes = new byte[4];
        out.write(bytes, 0, VariableByteInteger.write(bytes, 0, value));
    }
}
