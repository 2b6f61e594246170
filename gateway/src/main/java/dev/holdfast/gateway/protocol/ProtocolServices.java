// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.revocation.RevocationWatch;
import dev.holdfast.gateway.codec.DecodeLimits;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.SessionConfig;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.Wills;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.spans.MessageSpans;
import dev.holdfast.gateway.trace.Traces;
import dev.holdfast.store.session.QueueLimits;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything a connection uses, the same for all connections of a gateway.
 *
 * @param gatewayId who this process is to the store; a new name after it has been taken for dead
 * @param currentLimits what a client may ask for; may be changed while the gateway runs
 * @param session how long sessions are kept and what they queue
 * @param queueLimits the bounds of one session's queue
 * @param decodeLimits the bounds of one packet's contents
 * @param authenticator judges CONNECTs
 * @param revocations tells connections whether their token still counts
 * @param admission lets CONNECTs in
 * @param sessions the sessions known here
 * @param routes who wants what
 * @param router takes messages to them
 * @param retained the retained messages
 * @param wills publishes Will Messages
 * @param metrics the counters
 * @param memory the account of what is held for clients
 * @param endLog tells of connections that have ended
 * @param traces who is traced
 * @param spans tells OpenTelemetry of messages, or null
 * @param tools one for each loop, by index
 * @param revealsDenials whether MQTT 5 clients hear that a permission is what they lack
 * @param serverReference where MQTT 5 clients are sent when this gateway goes down, or null
 */
public record ProtocolServices(
        Supplier<String> gatewayId,
        AtomicReference<LimitsConfig> currentLimits,
        SessionConfig session,
        QueueLimits queueLimits,
        DecodeLimits decodeLimits,
        Authenticator authenticator,
        RevocationWatch revocations,
        Admission admission,
        Sessions sessions,
        Routes routes,
        Router router,
        RetainedMessages retained,
        Wills wills,
        Metrics metrics,
        MemoryAccount memory,
        EndLog endLog,
        Traces traces,
        @Nullable MessageSpans spans,
        List<LoopTools> tools,
        boolean revealsDenials,
        @Nullable String serverReference) {

    private static final int UNSPECIFIED_ERROR = 0x80;

    /** What a client may ask for, now. */
    LimitsConfig limits() {
        return currentLimits.getAcquire();
    }

    /** The code of SUBACK, PUBACK and PUBREC for an MQTT 5 client that lacks a permission (sections 3.9.3, 3.4.2.1). */
    int denialCode() {
        return revealsDenials ? Outcome.NOT_AUTHORIZED.v5Code() : UNSPECIFIED_ERROR;
    }

    int outboundDropBytes() {
        return limits().outboundDropBytes().asInt();
    }
}
