// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import dev.holdfast.store.Message;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the user properties of a message, whose properties have been checked when it came. Allocates nothing but what it finds. */
public final class UserProperties {
    private UserProperties() {}

    /**
     * The value of the first user property of a name.
     *
     * @param name in UTF-8; upper and lower case differ (MQTT 5.0 section 3.3.2.3.7)
     * @return null if there is none
     */
    public static @Nullable String first(Message message, byte[] name) {
        byte[] body = message.body();
        int at = message.propertiesOffset();
        int length = VariableByteInteger.read(body, at);
        at += VariableByteInteger.length(length);
        int end = at + length;
        while (at < end) {
            int id = body[at++];
            switch (id) {
                case Property.PAYLOAD_FORMAT_INDICATOR -> at++;
                case Property.USER_PROPERTY -> {
                    int valueAt = behind(body, at);
                    if (Arrays.equals(body, at + 2, valueAt, name, 0, name.length)) {
                        return new String(body, valueAt + 2, length(body, valueAt), StandardCharsets.UTF_8);
                    }
                    at = behind(body, valueAt);
                }
                case Property.CONTENT_TYPE, Property.RESPONSE_TOPIC, Property.CORRELATION_DATA -> at = behind(body, at);
                default -> throw new IllegalStateException("a message has no property " + id);
            }
        }
        return null;
    }

    /** Where a string, or binary data, with its length before it ends. */
    private static int behind(byte[] body, int at) {
        return at + 2 + length(body, at);
    }

    private static int length(byte[] body, int at) {
        return (body[at] & 0xFF) << 8 | (body[at + 1] & 0xFF);
    }
}
