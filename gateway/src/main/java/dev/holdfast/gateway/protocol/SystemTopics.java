// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

/** The topics that clients may read and not write. */
final class SystemTopics {
    private SystemTopics() {}

    /** Whether only the gateway itself publishes to this topic. */
    static boolean isReserved(String topic) {
        return !topic.isEmpty()
                && topic.charAt(0) == '$'
                && (topic.startsWith("$SYS/")
                        || topic.equals("$SYS")
                        || topic.startsWith("$auth/")
                        || topic.startsWith("$share/"));
    }
}
