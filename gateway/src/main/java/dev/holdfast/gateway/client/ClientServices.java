// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.revocation.RevocationWatch;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.SessionConfig;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.Wills;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.trace.Traces;
import dev.holdfast.store.session.QueueLimits;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Everything that clients use, the same for all clients of a gateway.
 *
 * @param gatewayId who this process is to the store; a new name after it has been taken for dead
 * @param currentLimits what a client may ask for; may be changed while the gateway runs
 * @param session how long sessions are kept and what they queue
 * @param queueLimits the bounds of one session's queue
 * @param authenticator judges who a client is
 * @param revocations tells whether a token still counts
 * @param admission lets clients in
 * @param sessions the sessions known here
 * @param routes who wants what
 * @param wills publishes Will Messages
 * @param metrics the counters
 * @param memory the account of what is held for clients
 * @param endLog tells of connections that have ended
 * @param traces who is traced
 * @param timers runs tasks later
 */
public record ClientServices(
        Supplier<String> gatewayId,
        AtomicReference<LimitsConfig> currentLimits,
        SessionConfig session,
        QueueLimits queueLimits,
        Authenticator authenticator,
        RevocationWatch revocations,
        Admission admission,
        Sessions sessions,
        Routes routes,
        Wills wills,
        Metrics metrics,
        MemoryAccount memory,
        EndLog endLog,
        Traces traces,
        Timers timers) {

    /** What a client may ask for at this moment. */
    public LimitsConfig limits() {
        return currentLimits.getAcquire();
    }
}
