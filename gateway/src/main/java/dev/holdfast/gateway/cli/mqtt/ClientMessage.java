// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;

/**
 * A message to be published, or that has come.
 *
 * @param qos 0, 1 or 2
 * @param properties of MQTT 5
 */
public record ClientMessage(String topic, byte[] payload, int qos, boolean isRetain, MqttProperties properties) {
    /** One without properties. */
    public static ClientMessage of(String topic, byte[] payload, int qos) {
        return new ClientMessage(topic, payload, qos, false, MqttProperties.NO_PROPERTIES);
    }
}
