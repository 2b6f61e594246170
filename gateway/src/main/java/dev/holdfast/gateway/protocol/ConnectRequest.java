// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Agreement;
import dev.holdfast.gateway.client.ClientRequest;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.SessionConfig;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a CONNECT asks for, within what this server grants (MQTT 5.0 section 3.1).
 *
 * @param packet the packet it came in
 * @param version the protocol version
 * @param clientId the client identifier, as sent or as assigned
 * @param assigned whether the server made the client identifier up
 * @param cleanStart whether a kept session is to be discarded
 * @param expiry how long the session outlives its connection
 * @param keepAliveSeconds what it is told to keep to, 0 for no limit
 * @param receiveMaximum how many unacknowledged QoS 1 and 2 packets the client is sent
 * @param maxPacketBytes the largest packet the client takes
 * @param aliasMaximum how many topic aliases the client takes
 * @param problemInformation whether it wants reason strings
 * @param responseInformation whether it wants response information
 * @param authenticationMethod the method of enhanced authentication, or null
 */
record ConnectRequest(
        MqttConnectMessage packet,
        MqttVersion version,
        String clientId,
        boolean assigned,
        boolean cleanStart,
        Duration expiry,
        int keepAliveSeconds,
        int receiveMaximum,
        int maxPacketBytes,
        int aliasMaximum,
        boolean problemInformation,
        boolean responseInformation,
        @Nullable String authenticationMethod) {

    /** A client that asks for a keep alive up to this is held to what it has asked for: five minutes. */
    private static final int LONGEST_HONOURED_SECONDS = 300;

    /** The same with another session expiry interval. */
    ConnectRequest keptFor(Duration granted) {
        return new ConnectRequest(
                packet,
                version,
                clientId,
                assigned,
                cleanStart,
                granted,
                keepAliveSeconds,
                receiveMaximum,
                maxPacketBytes,
                aliasMaximum,
                problemInformation,
                responseInformation,
                authenticationMethod);
    }

    /** Reads a request; the client identifier has been judged already. */
    static ConnectRequest of(
            MqttConnectMessage packet,
            MqttVersion version,
            String clientId,
            boolean assigned,
            LimitsConfig limits,
            SessionConfig sessions) {
        MqttConnectVariableHeader header = packet.variableHeader();
        MqttProperties properties = header.properties();
        boolean v5 = version == MqttVersion.MQTT_5;
        Duration asked;
        if (v5) {
            asked = Duration.ofSeconds(unsigned(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, 0));
        } else {
            asked = header.isCleanSession() ? Duration.ZERO : sessions.defaultExpiry();
        }
        int receiveMaximum = (int) unsigned(properties, MqttProperties.RECEIVE_MAXIMUM, 65_535);
        long maxPacket = unsigned(properties, MqttProperties.MAXIMUM_PACKET_SIZE, Integer.MAX_VALUE);
        int aliases = (int) unsigned(properties, MqttProperties.TOPIC_ALIAS_MAXIMUM, 0);
        return new ConnectRequest(
                packet,
                version,
                clientId,
                assigned,
                header.isCleanSession(),
                capped(asked, sessions.maxExpiry()),
                keepAlive(header.keepAliveTimeSeconds(), v5, limits),
                Math.min(receiveMaximum, limits.maxInflight()),
                (int) Math.min(maxPacket, Integer.MAX_VALUE),
                Math.min(aliases, limits.topicAliasMaximum()),
                unsigned(properties, MqttProperties.REQUEST_PROBLEM_INFORMATION, 1) != 0,
                unsigned(properties, MqttProperties.REQUEST_RESPONSE_INFORMATION, 0) != 0,
                text(properties, MqttProperties.AUTHENTICATION_METHOD));
    }

    /**
     * An MQTT 5 client can be told another keep alive than it asked for [MQTT-3.2.2-21]; an older one cannot and is held to
     * its own (MQTT 3.1.1: [MQTT-3.1.2-24]).
     */
    private static int keepAlive(int asked, boolean v5, LimitsConfig limits) {
        if (!v5) {
            return asked;
        }
        int shortest = (int) limits.minKeepAlive().toSeconds();
        int longest = (int) limits.maxKeepAlive().toSeconds();
        return asked == 0 ? longest : Math.max(shortest, Math.min(asked, longest));
    }

    /**
     * The keep alive whose one and a half the client may be silent for, in seconds; 0 for no limit. It is what the client was
     * told, which it must use [MQTT-3.2.2-21]; but Paho for C, Java and Python keep to what they have asked for, and would
     * be closed each time.
     */
    int heldToSeconds() {
        int asked = packet.variableHeader().keepAliveTimeSeconds();
        return asked <= LONGEST_HONOURED_SECONDS ? Math.max(asked, keepAliveSeconds) : keepAliveSeconds;
    }

    /** The same without what only MQTT knows. */
    ClientRequest asked() {
        return new ClientRequest(
                clientId,
                packet.payload().userName(),
                cleanStart,
                expiry,
                receiveMaximum,
                new Agreement(heldToSeconds(), expiry, problemInformation, authenticationMethod));
    }

    boolean isV5() {
        return version == MqttVersion.MQTT_5;
    }

    static Duration capped(Duration asked, Duration longest) {
        return asked.compareTo(longest) > 0 ? longest : asked;
    }

    static long unsigned(MqttProperties properties, int id, long otherwise) {
        MqttProperties.MqttProperty<?> property = properties.getProperty(id);
        return property == null ? otherwise : Integer.toUnsignedLong((Integer) property.value());
    }

    static @Nullable String text(MqttProperties properties, int id) {
        MqttProperties.MqttProperty<?> property = properties.getProperty(id);
        return property == null ? null : (String) property.value();
    }

    static byte @Nullable [] bytes(MqttProperties properties, int id) {
        MqttProperties.MqttProperty<?> property = properties.getProperty(id);
        return property == null ? null : (byte[]) property.value();
    }

    static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
