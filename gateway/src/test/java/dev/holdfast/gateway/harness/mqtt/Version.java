// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** A protocol version, as CONNECT names it. */
public enum Version {
    V3_1("MQIsdp", 3, "mqttv3.1"),
    V3_1_1("MQTT", 4, "mqtt"),
    V5("MQTT", 5, "mqtt");

    public final String protocolName;
    public final int level;
    public final String subprotocol;

    Version(String protocolName, int level, String subprotocol) {
        this.protocolName = protocolName;
        this.level = level;
        this.subprotocol = subprotocol;
    }

    public boolean isV5() {
        return this == V5;
    }
}
