// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import org.jspecify.annotations.Nullable;

/** The Topic Aliases one client has set, for the length of its connection (MQTT 5.0 section 3.3.2.3.4). */
public final class InboundAliases {
    private final byte[] @Nullable [] topics;

    /** Room for aliases 1 to {@code maximum}. */
    public InboundAliases(int maximum) {
        this.topics = new byte[maximum + 1][];
    }

    /** Whether an alias is within the maximum that the client was told [MQTT-3.3.2-9]. */
    public boolean allows(int alias) {
        return alias < topics.length;
    }

    public void set(int alias, byte[] topicUtf8) {
        topics[alias] = topicUtf8;
    }

    public byte @Nullable [] get(int alias) {
        return topics[alias];
    }
}
