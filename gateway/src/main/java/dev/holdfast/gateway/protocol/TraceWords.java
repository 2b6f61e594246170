// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.FilterPacket;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.store.Message;
import io.netty.handler.codec.mqtt.MqttMessageType;
import org.jspecify.annotations.Nullable;

/** What a trace tells of packets and decisions. Called for connections that are traced, on their thread. */
final class TraceWords {
    /** Of a packet with filters; a trace is read by people. */
    private static final int MOST_FILTERS = 50;

    private TraceWords() {}

    static void connect(ClientTrace trace, Connection connection, ConnectRequest request) {
        trace.tell(
                "CONNECT received",
                "protocol",
                connection.connectedBy().protocol(),
                "transport",
                connection.connectedBy().transport(),
                "clean_start",
                request.cleanStart(),
                "expiry_seconds",
                request.expiry().toSeconds(),
                "keep_alive_seconds",
                request.keepAliveSeconds(),
                "receive_maximum",
                request.receiveMaximum(),
                "will",
                request.packet().variableHeader().isWillFlag());
    }

    static void publishReceived(ClientTrace trace, int packetId, Message message, @Nullable Outcome refusal) {
        trace.tell(
                "PUBLISH received",
                "topic",
                message.topic(),
                "qos",
                message.qos(),
                "retain",
                message.isRetain(),
                "packet_id",
                packetId,
                "bytes",
                message.payloadLength(),
                "refused",
                refusal == null ? "no" : refusal.tag());
    }

    static void publishSent(ClientTrace trace, Message message, int packetId, int qos, boolean retain, boolean dup) {
        trace.tell(
                "PUBLISH sent",
                "topic",
                message.topic(),
                "qos",
                qos,
                "retain",
                retain,
                "dup",
                dup,
                "packet_id",
                packetId,
                "bytes",
                message.payloadLength());
    }

    /** Tells that a packet has come whose fields are of no use in a trace. */
    static void received(ClientTrace trace, MqttMessageType type) {
        if (type != MqttMessageType.CONNECT) { // told when it has been read
            trace.tell(type + " received");
        }
    }

    /** PUBACK, PUBREC, PUBREL, PUBCOMP. */
    static void acknowledgementReceived(ClientTrace trace, MqttMessageType type, int packetId, int reasonCode) {
        trace.tell(type + " received", "packet_id", packetId, "code", code(reasonCode));
    }

    static void acknowledged(ClientTrace trace, MqttMessageType type, int packetId, int reasonCode) {
        trace.tell(type + " sent", "packet_id", packetId, "code", code(reasonCode));
    }

    /** SUBACK or UNSUBACK, with what was asked for; the packet has been dealt with and is read once more. */
    static void answered(ClientTrace trace, String what, FilterPacket packet, int count, Codes codes) {
        packet.rewind();
        StringBuilder filters = new StringBuilder();
        for (int i = 0; i < count && i < MOST_FILTERS; i++) {
            filters.append(i == 0 ? "" : " ").append(packet.next()).append('=').append(code(codes.of(i)));
        }
        if (count > MOST_FILTERS) {
            filters.append(" and ").append(count - MOST_FILTERS).append(" more");
        }
        trace.tell(what, "packet_id", packet.packetId(), "filters", filters.toString());
    }

    /** The reason codes of an answer. */
    @FunctionalInterface
    interface Codes {
        /** That of one filter. */
        int of(int index);
    }

    static String code(int reasonCode) {
        return String.format("0x%02X", reasonCode & 0xFF);
    }
}
