// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.ClientServices;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.DecodeLimits;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.config.SessionConfig;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.spans.MessageSpans;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a connection uses, the same for all connections of a gateway.
 *
 * @param clients what clients use, whatever protocol they speak
 * @param decodeLimits the bounds of one packet's contents
 * @param router takes messages to those who want them
 * @param retained the retained messages
 * @param spans tells OpenTelemetry of messages, or null
 * @param tools one for each loop, by index
 * @param revealsDenials whether MQTT 5 clients hear that a permission is what they lack
 * @param serverReference where MQTT 5 clients are sent when this gateway goes down, or null
 */
public record ProtocolServices(
        ClientServices clients,
        DecodeLimits decodeLimits,
        Router router,
        RetainedMessages retained,
        @Nullable MessageSpans spans,
        List<LoopTools> tools,
        boolean revealsDenials,
        @Nullable String serverReference) {

    /** What a client may ask for, now. */
    LimitsConfig limits() {
        return clients.limits();
    }

    Metrics metrics() {
        return clients.metrics();
    }

    Routes routes() {
        return clients.routes();
    }

    MemoryAccount memory() {
        return clients.memory();
    }

    SessionConfig session() {
        return clients.session();
    }

    /** The code of SUBACK, PUBACK and PUBREC for an MQTT 5 client that lacks a permission (sections 3.9.3, 3.4.2.1). */
    int denialCode() {
        return revealsDenials ? Outcome.NOT_AUTHORIZED.v5Code() : ReasonCode.UNSPECIFIED_ERROR;
    }

    int outboundDropBytes() {
        return limits().outboundDropBytes().asInt();
    }
}
