// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

/** What became of a published message; known when every queue that must have the message has it. */
public enum Published {
    /** At least one session subscribes to its topic. */
    REACHED,
    /** No session subscribes to its topic (MQTT 5: reason code 0x10). */
    NO_SUBSCRIBERS,
    /** It was to be retained and a limit is reached; it was distributed all the same (MQTT 5: 0x97). */
    NOT_RETAINED
}
