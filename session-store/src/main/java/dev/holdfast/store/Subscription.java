// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * A subscription as its client asked for it and the server granted it (MQTT 5.0 section 3.8.3.1).
 *
 * @param filter the topic filter as sent, {@code $share/group/} prefix included
 * @param qos the granted maximum QoS, 0 to 2
 * @param noLocal whether the client's own publications are withheld [MQTT-3.8.3-3]
 * @param retainAsPublished whether RETAIN is forwarded as published [MQTT-3.3.1-13]
 * @param retainHandling 0 send retained messages, 1 only if the subscription is new, 2 never [MQTT-3.3.1-9] and following
 * @param identifier the Subscription Identifier, 1 to 268,435,455, or 0 for none
 */
public record Subscription(
        String filter, int qos, boolean noLocal, boolean retainAsPublished, int retainHandling, int identifier) {

    /** A subscription with a filter and a QoS and no MQTT 5 option. */
    public static Subscription of(String filter, int qos) {
        return new Subscription(filter, qos, false, false, 0, 0);
    }
}
