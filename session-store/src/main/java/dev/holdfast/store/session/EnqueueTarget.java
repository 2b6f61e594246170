// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import org.jspecify.annotations.Nullable;

/**
 * One session that must have a message, and how.
 *
 * @param clientId whose queue it goes to
 * @param born the epoch of the attach with which the session began, as {@link Attached#born} says: another session of that
 *     client identifier does not get the message. {@link #ANY_SESSION} for whichever there is
 * @param qos the QoS it is delivered with: the lower of the published and the granted one [MQTT-3.8.4-8]
 * @param retain the RETAIN flag it is delivered with
 * @param subscriptionIdentifiers those of every matching subscription, once each [MQTT-3.3.4-3]; not to be written to
 * @param share the shared subscription that it goes through, as its members sent it, {@code $share/group/} included; null for
 *     none
 * @param onlyOnline whether it is not to be queued while no gateway owns the session, since others can have it
 */
public record EnqueueTarget(
        String clientId,
        long born,
        int qos,
        boolean retain,
        int[] subscriptionIdentifiers,
        @Nullable String share,
        boolean onlyOnline) {
    /** What a target without Subscription Identifiers has. */
    public static final int[] NO_IDENTIFIERS = {};

    /** In place of {@code born}: whichever session there is. */
    public static final long ANY_SESSION = 0;

    /** Whichever session the client identifier has. */
    public EnqueueTarget(String clientId, int qos, boolean retain, int[] subscriptionIdentifiers) {
        this(clientId, ANY_SESSION, qos, retain, subscriptionIdentifiers);
    }

    /** A session, through subscriptions that are not shared. */
    public EnqueueTarget(String clientId, long born, int qos, boolean retain, int[] subscriptionIdentifiers) {
        this(clientId, born, qos, retain, subscriptionIdentifiers, null, false);
    }
}
