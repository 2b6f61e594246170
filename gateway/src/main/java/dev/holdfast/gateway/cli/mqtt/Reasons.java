// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import dev.holdfast.gateway.cli.terminal.Words;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttReasonCodes;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a gateway says in reason codes and properties, as words. */
final class Reasons {
    private static final int BYTE = 0xFF;

    private Reasons() {}

    /** The reason code of an answer to a PUBLISH; 0 where there is none. */
    static int code(MqttMessage packet) {
        return packet.variableHeader() instanceof MqttPubReplyMessageVariableHeader header
                ? header.reasonCode() & BYTE
                : 0;
    }

    static String words(MqttMessage packet) {
        int code = code(packet);
        String name = name(() -> MqttReasonCodes.PubAck.valueOf((byte) code));
        return packet.variableHeader() instanceof MqttPubReplyMessageVariableHeader header
                ? words(header.properties(), name)
                : name;
    }

    static String words(MqttConnectReturnCode code, MqttProperties properties) {
        String name = code.name()
                .replace("CONNECTION_REFUSED_", "")
                .replaceFirst("_5$", "")
                .replace('_', ' ')
                .toLowerCase(Locale.ROOT);
        String reason = text(properties, MqttProperties.REASON_STRING, "");
        return reason.isEmpty() ? name : Words.escaped(reason);
    }

    static String words(@Nullable MqttReasonCodeAndPropertiesVariableHeader header) {
        if (header == null) {
            return "normal disconnection";
        }
        String name = name(() -> MqttReasonCodes.Disconnect.valueOf(header.reasonCode()));
        String other = text(header.properties(), MqttProperties.SERVER_REFERENCE, "");
        return words(header.properties(), name)
                + String.format(" (0x%02X)", header.reasonCode() & BYTE)
                + (other.isEmpty() ? "" : "; go to " + Words.escaped(other));
    }

    /** What a code is called, with what the gateway says about it. */
    static String words(MqttProperties properties, String name) {
        String reason = text(properties, MqttProperties.REASON_STRING, "");
        return reason.isEmpty() || reason.equalsIgnoreCase(name) ? name : name + ", " + Words.escaped(reason);
    }

    static String name(Supplier<Enum<?>> code) {
        try {
            return code.get().name().replace('_', ' ').toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return "for a reason of its own";
        }
    }

    static int number(MqttProperties properties, int name, int otherwise) {
        MqttProperty<?> property = properties.getProperty(name);
        return property != null && property.value() instanceof Integer number ? number : otherwise;
    }

    static String text(MqttProperties properties, int name, String otherwise) {
        MqttProperty<?> property = properties.getProperty(name);
        return property != null && property.value() instanceof String text ? text : otherwise;
    }
}
