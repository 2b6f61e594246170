// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.connection.Lifecycle;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionStore;

/**
 * What all sessions of this gateway use.
 *
 * @param store where kept sessions live
 * @param limits the limits of one session's queue, in the store or in memory
 * @param queueQos0 whether QoS 0 messages are queued for a kept session while its client cannot take them
 * @param metrics the gateway's counters
 * @param neighbours the other gateways
 * @param memory the account of the memory that is held for clients
 * @param lifecycle hears what becomes of connections and sessions
 */
public record SessionServices(
        SessionStore store,
        QueueLimits limits,
        boolean queueQos0,
        Metrics metrics,
        Neighbours neighbours,
        HeldMemory memory,
        Lifecycle lifecycle) {}
