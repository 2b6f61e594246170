// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.DurationOption;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What MQTT 5 lets a message say about itself. */
final class PropertyOptions {
    @Option(
            names = "--expiry",
            paramLabel = "TIME",
            converter = DurationOption.class,
            description = "How long the message is worth delivering (MQTT 5).")
    @Nullable
    Duration expiry;

    @Option(names = "--content-type", paramLabel = "TYPE", description = "Content type (MQTT 5).")
    @Nullable
    String contentType;

    @Option(names = "--response-topic", paramLabel = "TOPIC", description = "Where an answer is expected (MQTT 5).")
    @Nullable
    String responseTopic;

    @Option(names = "--property", paramLabel = "NAME=VALUE", description = "A user property (MQTT 5); may be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    MqttProperties read(boolean isMqtt5) throws CommandFailure {
        MqttProperties all = new MqttProperties();
        if (expiry != null) {
            all.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, (int) expiry.toSeconds()));
        }
        if (contentType != null) {
            all.add(new StringProperty(MqttProperties.CONTENT_TYPE, contentType));
        }
        if (responseTopic != null) {
            all.add(new StringProperty(MqttProperties.RESPONSE_TOPIC, responseTopic));
        }
        properties.forEach((name, value) -> all.add(new UserProperty(name, value)));
        if (!isMqtt5 && !all.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "holdfast: MQTT 3.1.1 has no properties; leave them out, or use --mqtt-version 5");
        }
        return all;
    }
}
