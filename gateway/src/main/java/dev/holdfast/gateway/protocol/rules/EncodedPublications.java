// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import dev.holdfast.gateway.codec.EncodedPublish;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import io.netty.handler.codec.mqtt.MqttVersion;
import org.jspecify.annotations.Nullable;

/**
 * The last publication of one loop in each of its encodings, so that a message with many subscribers is encoded once
 * for each protocol version, QoS and RETAIN flag. DUP and packet identifier are patched in for each subscriber, which
 * is safe since {@code Wire.write} copies and all of this is one thread's.
 */
public final class EncodedPublications {
    private final @Nullable Message[] messages = new Message[12];
    private final @Nullable EncodedPublish[] encodings = new EncodedPublish[12];

    /** The encoding of a message for one delivery. */
    public EncodedPublish of(
            Message message, MqttVersion version, int qos, boolean retain, int[] identifiers, long nowMillis) {
        boolean v5 = version == MqttVersion.MQTT_5;
        boolean own = v5 && (identifiers.length > 0 || message.expiresAtMillis() != Message.NEVER);
        if (own) {
            return EncodedPublish.of(message, version, qos, retain, identifiers, 0, true, nowMillis);
        }
        int at = (v5 ? 6 : 0) + qos * 2 + (retain ? 1 : 0);
        EncodedPublish known = encodings[at];
        if (known == null || messages[at] != message) {
            known = EncodedPublish.of(message, version, qos, retain, EnqueueTarget.NO_IDENTIFIERS, 0, true, nowMillis);
            messages[at] = message;
            encodings[at] = known;
        }
        return known;
    }
}
