// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import dev.holdfast.gateway.cluster.Eviction;
import dev.holdfast.gateway.cluster.Inquiries;
import dev.holdfast.gateway.cluster.Rebalance;
import dev.holdfast.gateway.codec.DecodeLimits;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.trace.Traces;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.session.SessionStore;
import java.util.List;

/**
 * What the API works on.
 *
 * @param store the sessions of all gateways
 * @param logs what they read of wide filters
 * @param sessions those that this gateway knows
 * @param eviction ends sessions
 * @param rebalance moves clients to other gateways
 * @param threads all I/O threads, by index
 * @param inquiries asks the other gateways
 * @param limits of what is published
 * @param maxPacketBytes of what is published
 * @param traces who is traced here
 */
public record ApiServices(
        SessionStore store,
        LogStore logs,
        Sessions sessions,
        Routes routes,
        Router router,
        RetainedMessages retained,
        Eviction eviction,
        Rebalance rebalance,
        List<SessionThread> threads,
        Inquiries inquiries,
        DecodeLimits limits,
        int maxPacketBytes,
        Metrics metrics,
        Traces traces) {}
