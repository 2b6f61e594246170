// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.nio.charset.StandardCharsets;

/** A PUBLISH under construction (MQTT 5.0 section 3.3): QoS 0, not retained unless said otherwise. */
public final class Publish extends WithProperties<Publish> {
    private final String topic;
    private final byte[] payload;
    private int qos;
    private boolean retain;
    private boolean dup;
    private int packetId;

    public Publish(String topic, byte[] payload) {
        this.topic = topic;
        this.payload = payload;
    }

    public static Publish publish(String topic, String payload) {
        return new Publish(topic, payload.getBytes(StandardCharsets.UTF_8));
    }

    public static Publish publish(String topic, byte[] payload) {
        return new Publish(topic, payload);
    }

    @Override
    protected Publish self() {
        return this;
    }

    /** QoS 1 under a packet identifier. */
    public Publish atLeastOnce(int id) {
        return qos(1).packetId(id);
    }

    /** QoS 2 under a packet identifier. */
    public Publish exactlyOnce(int id) {
        return qos(2).packetId(id);
    }

    public Publish qos(int level) {
        qos = level;
        return this;
    }

    public Publish packetId(int id) {
        packetId = id;
        return this;
    }

    public Publish retained() {
        retain = true;
        return this;
    }

    public Publish duplicate() {
        dup = true;
        return this;
    }

    public int qos() {
        return qos;
    }

    public boolean isRetain() {
        return retain;
    }

    public String topic() {
        return topic;
    }

    public byte[] payload() {
        return payload;
    }

    @Override
    public byte[] encode(Version version) {
        ByteWriter out = new ByteWriter().string(topic);
        if (qos > 0) {
            out.two(packetId);
        }
        writeProperties(out, version);
        out.raw(payload);
        return ByteWriter.packet(
                PacketType.PUBLISH, (dup ? 0x08 : 0) | (qos << 1) | (retain ? 0x01 : 0), out.toBytes());
    }
}
