// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionStore;

/**
 * What all sessions of this gateway need in order to send messages to their clients.
 *
 * @param store where the queues of kept sessions are
 * @param limits the limits of one session's queue, in the store or in memory
 * @param queueQos0 whether QoS 0 messages are queued for a kept session while its client cannot take them
 * @param logs the logs of wide filters
 * @param hasNeighbours whether there may be other gateways: they put messages into the queues too, and the hints with which
 *     they tell of them may be lost
 * @param metrics the gateway's counters
 * @param memory the account of the memory that is held for clients
 */
public record OutboundServices(
        SessionStore store,
        QueueLimits limits,
        boolean queueQos0,
        Logs logs,
        boolean hasNeighbours,
        Metrics metrics,
        HeldMemory memory) {}
