// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.connection.Lifecycle;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.gateway.session.outbound.OutboundServices;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionStore;

/**
 * What all sessions of this gateway use.
 *
 * @param outbound what they need in order to send messages
 * @param neighbours the other gateways
 * @param lifecycle hears what becomes of connections and sessions
 */
public record SessionServices(OutboundServices outbound, Neighbours neighbours, Lifecycle lifecycle) {

    /**
     * The same from its parts.
     *
     * @param store where kept sessions live
     * @param limits the limits of one session's queue, in the store or in memory
     * @param queueQos0 whether QoS 0 messages are queued for a kept session while its client cannot take them
     * @param logs the logs of wide filters
     * @param metrics the gateway's counters
     * @param memory the account of the memory that is held for clients
     */
    public SessionServices(
            SessionStore store,
            QueueLimits limits,
            boolean queueQos0,
            Logs logs,
            Metrics metrics,
            Neighbours neighbours,
            HeldMemory memory,
            Lifecycle lifecycle) {
        this(
                new OutboundServices(store, limits, queueQos0, logs, neighbours.mayExist(), metrics, memory),
                neighbours,
                lifecycle);
    }

    /** Where kept sessions live. */
    public SessionStore store() {
        return outbound.store();
    }

    /** The logs of wide filters. */
    public Logs logs() {
        return outbound.logs();
    }

    /** The gateway's counters. */
    public Metrics metrics() {
        return outbound.metrics();
    }

    /** The account of the memory that is held for clients. */
    public HeldMemory memory() {
        return outbound.memory();
    }
}
