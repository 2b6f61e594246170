// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/**
 * A PUBLISH as netty's decoder reads it, to compare ours with.
 *
 * @param properties identifier and values as text, sorted by identifier; netty does not keep their whole order
 */
record NettyPublish(
        String topic,
        int qos,
        boolean dup,
        boolean retain,
        int packetId,
        String payload,
        TreeMap<Integer, List<String>> properties) {

    /** What netty reads; fails when it refuses. */
    static NettyPublish decode(byte[] packet, MqttVersion version) {
        MqttMessage message = new MqttPacketBridge().decode(packet, 0, packet.length, version);
        if (!(message instanceof MqttPublishMessage publish)) {
            throw new AssertionError("netty refuses what we accept");
        }
        return new NettyPublish(
                publish.variableHeader().topicName(),
                publish.fixedHeader().qosLevel().value(),
                publish.fixedHeader().isDup(),
                publish.fixedHeader().isRetain(),
                Math.max(0, publish.variableHeader().packetId()),
                ByteBufUtil.hexDump(publish.payload()),
                properties(publish.variableHeader().properties()));
    }

    /** What the view reads, without the properties. */
    static NettyPublish of(PublishView view, byte[] packet) {
        int from = view.payloadOffset();
        return new NettyPublish(
                view.topic(),
                view.qos(),
                view.dup(),
                view.retain(),
                view.packetId(),
                HexFormat.of().formatHex(packet, from, from + view.payloadLength()),
                new TreeMap<>());
    }

    NettyPublish withoutProperties() {
        return new NettyPublish(topic, qos, dup, retain, packetId, payload, new TreeMap<>());
    }

    /** What a subscriber should get of it at once. */
    NettyPublish asForwarded(String aliasedTopic) {
        TreeMap<Integer, List<String>> forwarded = new TreeMap<>(properties);
        forwarded.remove(Property.TOPIC_ALIAS);
        forwarded.computeIfPresent(
                Property.MESSAGE_EXPIRY_INTERVAL, (id, value) -> value.equals(List.of("0")) ? List.of("1") : value);
        return new NettyPublish(
                topic.isEmpty() ? aliasedTopic : topic, qos, false, retain, packetId, payload, forwarded);
    }

    private static TreeMap<Integer, List<String>> properties(MqttProperties properties) {
        TreeMap<Integer, List<String>> texts = new TreeMap<>();
        for (MqttProperties.MqttProperty<?> property : properties.listAll()) {
            List<String> values = new ArrayList<>();
            for (MqttProperties.MqttProperty<?> one : properties.getProperties(property.propertyId())) {
                values.add(text(one.value()));
            }
            texts.put(property.propertyId(), values);
        }
        return texts;
    }

    private static String text(Object value) {
        return value instanceof byte[] bytes ? Arrays.toString(bytes) : value.toString();
    }
}
