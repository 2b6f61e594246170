// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;

/** Spans of messages that carry a W3C trace context. */
public record OpenTelemetryConfig(
        @Doc(
                "Whether spans are made of messages that carry the user property traceparent. Needs an OpenTelemetry SDK in this process, as "
                        + "its Java agent brings it; the gateway knows the API alone.")
        @Default("false")
        boolean enabled,

        @Doc("Whether spans have the topic name of the message.") @Default("false")
        boolean topics) {}
