// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.WillAsked;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PublishView;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.protocol.rules.EndCauses;
import dev.holdfast.store.Message;
import dev.holdfast.store.Will;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.time.Duration;

/**
 * The will in a CONNECT, read by the very parser that reads a PUBLISH, so that the same rules hold for it
 * (MQTT 5.0 section 3.1.3.2).
 */
final class WillRequest {
    private WillRequest() {}

    /** The will of a CONNECT that has one. */
    static WillAsked of(Connection connection, ConnectRequest request) {
        LimitsConfig limits = connection.services().limits();
        MqttConnectMessage packet = request.packet();
        byte[] publish = connection.tools().encoder.encode(asPublish(packet), MqttVersion.MQTT_5);
        PublishView view = connection.tools().publish;
        try {
            view.decode(
                    publish,
                    0,
                    publish.length,
                    MqttVersion.MQTT_5,
                    connection.services().decodeLimits());
            view.requirePayloadFormat();
        } catch (MalformedPacketException e) {
            return new WillAsked(null, EndCauses.of(e.kind()));
        }
        Message message = view.toMessage(
                connection.tools().nextMessageId(connection.client().id()),
                null,
                connection.wire().loop().nowMillis());
        MqttProperties properties = packet.payload().willProperties();
        long expiry = ConnectRequest.unsigned(properties, MqttProperties.PUBLICATION_EXPIRY_INTERVAL, -1);
        Duration delay = Duration.ofSeconds(ConnectRequest.unsigned(properties, MqttProperties.WILL_DELAY_INTERVAL, 0));
        return new WillAsked(
                new Will(
                        message,
                        ConnectRequest.capped(delay, limits.maxWillDelay()),
                        expiry < 0 ? Will.NO_EXPIRY : Duration.ofSeconds(expiry)),
                null);
    }

    private static MqttPublishMessage asPublish(MqttConnectMessage packet) {
        MqttProperties properties = new MqttProperties();
        for (MqttProperties.MqttProperty<?> property :
                packet.payload().willProperties().listAll()) {
            int id = property.propertyId();
            if (id != MqttProperties.WILL_DELAY_INTERVAL && id != MqttProperties.PUBLICATION_EXPIRY_INTERVAL) {
                properties.add(property);
            }
        }
        int qos = packet.variableHeader().willQos();
        return new MqttPublishMessage(
                new MqttFixedHeader(
                        MqttMessageType.PUBLISH,
                        false,
                        MqttQoS.valueOf(qos),
                        packet.variableHeader().isWillRetain(),
                        0),
                new MqttPublishVariableHeader(packet.payload().willTopic(), 1, properties),
                Unpooled.wrappedBuffer(packet.payload().willMessageInBytes()));
    }
}
