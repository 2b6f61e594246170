// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.topic.Topics;
import dev.holdfast.store.session.Attached;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnAckVariableHeader;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import org.jspecify.annotations.Nullable;

/** The CONNACK of an accepted connection: what was agreed upon (MQTT 5.0 section 3.2). */
final class Connack {
    private static final MqttFixedHeader HEADER =
            new MqttFixedHeader(MqttMessageType.CONNACK, false, MqttQoS.AT_MOST_ONCE, false, 0);

    private Connack() {}

    /**
     * The CONNACK of a session that begins, and of a resumed one but for what {@link #resumed} adds.
     *
     * @param words what a client of MQTT 5 is told besides, or null; not where that would exceed its Maximum Packet Size
     *     [MQTT-3.2.2-19]
     */
    static byte[] of(Connection connection, ConnectRequest request, @Nullable String words) {
        if (!request.isV5()) {
            return new byte[] {0x20, 2, 0, 0};
        }
        return encode(
                connection,
                request,
                false,
                words,
                properties(connection.services().limits(), request));
    }

    /**
     * The same CONNACK with session present, which MQTT 3.1 does not know: the byte is reserved there. A client of MQTT 5
     * is also told, in the user properties {@code queued} and {@code dropped}, how many messages wait for it and how
     * many it has lost to the limits of its queue since it was here before; not where that would exceed its Maximum
     * Packet Size [MQTT-3.2.2-20].
     */
    static byte[] resumed(Connection connection, ConnectRequest request, Attached attached, @Nullable String words) {
        if (!request.isV5()) {
            return new byte[] {0x20, 2, (byte) (request.version() == MqttVersion.MQTT_3_1 ? 0 : 1), 0};
        }
        MqttProperties more = properties(connection.services().limits(), request);
        more.add(new UserProperty("queued", Integer.toString(attached.queued())));
        more.add(new UserProperty("dropped", Long.toString(attached.dropped())));
        byte[] full = encode(connection, request, true, words, more);
        if (connection.clientTakes(full.length)) {
            return full;
        }
        return encode(
                connection,
                request,
                true,
                words,
                properties(connection.services().limits(), request));
    }

    /** With the words, if the client takes them. */
    private static byte[] encode(
            Connection connection,
            ConnectRequest request,
            boolean present,
            @Nullable String words,
            MqttProperties properties) {
        byte[] plain = encode(connection, request, present, properties);
        if (words == null) {
            return plain;
        }
        properties.add(new StringProperty(MqttProperties.REASON_STRING, words));
        byte[] told = encode(connection, request, present, properties);
        return connection.clientTakes(told.length) ? told : plain;
    }

    private static byte[] encode(
            Connection connection, ConnectRequest request, boolean present, MqttProperties properties) {
        MqttConnAckMessage message = new MqttConnAckMessage(
                HEADER, new MqttConnAckVariableHeader(MqttConnectReturnCode.CONNECTION_ACCEPTED, present, properties));
        return connection.tools().encoder.encode(message, request.version());
    }

    private static MqttProperties properties(LimitsConfig limits, ConnectRequest request) {
        MqttProperties properties = new MqttProperties();
        MqttProperties asked = request.packet().variableHeader().properties();
        long expiry = request.expiry().toSeconds();
        if (ConnectRequest.unsigned(asked, MqttProperties.SESSION_EXPIRY_INTERVAL, 0) != expiry) {
            add(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, (int) expiry);
        }
        add(properties, MqttProperties.RECEIVE_MAXIMUM, limits.receiveMaximum());
        add(
                properties,
                MqttProperties.MAXIMUM_PACKET_SIZE,
                limits.maxPacketSize().asInt());
        if (limits.topicAliasMaximum() > 0) {
            add(properties, MqttProperties.TOPIC_ALIAS_MAXIMUM, limits.topicAliasMaximum());
        }
        if (request.assigned()) {
            properties.add(new StringProperty(
                    MqttProperties.ASSIGNED_CLIENT_IDENTIFIER, request.clientId())); // [MQTT-3.2.2-16]
        }
        if (request.packet().variableHeader().keepAliveTimeSeconds() != request.keepAliveSeconds()) {
            add(properties, MqttProperties.SERVER_KEEP_ALIVE, request.keepAliveSeconds()); // [MQTT-3.2.2-21]
        }
        String responses = "response/" + request.clientId() + "/";
        if (request.responseInformation() && mayBeginTopic(responses, limits)) {
            properties.add(new StringProperty(MqttProperties.RESPONSE_INFORMATION, responses));
        }
        String method = request.authenticationMethod();
        if (method != null) {
            properties.add(new StringProperty(MqttProperties.AUTHENTICATION_METHOD, method));
        }
        return properties;
    }

    /** A client identifier may hold what a topic name may not: then there is no Response Information, as the client must expect. */
    private static boolean mayBeginTopic(String text, LimitsConfig limits) {
        return Topics.name(text + "-", limits.maxTopicBytes().asInt(), limits.maxTopicLevels())
                == Topics.Validity.VALID;
    }

    private static void add(MqttProperties properties, int id, int value) {
        properties.add(new IntegerProperty(id, value));
    }
}
