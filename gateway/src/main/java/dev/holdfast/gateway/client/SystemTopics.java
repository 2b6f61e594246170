// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.topic.Topics;

/** The topics that clients may read and not write, but for the states of bridges, which are a matter of permissions. */
public final class SystemTopics {
    private SystemTopics() {}

    /** Whether only the gateway itself publishes to this topic. */
    public static boolean isReserved(String topic) {
        return !topic.isEmpty()
                && topic.charAt(0) == '$'
                && ((topic.startsWith("$SYS/") && !Topics.isBridgeState(topic))
                        || topic.equals("$SYS")
                        || topic.startsWith("$auth/")
                        || topic.startsWith("$share/"));
    }
}
