// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * One session that must have a message, and how.
 *
 * @param clientId whose queue it goes to
 * @param qos the QoS it is delivered with: the lower of the published and the granted one [MQTT-3.8.4-8]
 * @param retain the RETAIN flag it is delivered with
 * @param subscriptionIdentifiers those of every matching subscription, once each [MQTT-3.3.4-3]; not to be written to
 */
public record Target(String clientId, int qos, boolean retain, int[] subscriptionIdentifiers) {
    /** What a target without Subscription Identifiers has. */
    public static final int[] NO_IDENTIFIERS = {};
}
