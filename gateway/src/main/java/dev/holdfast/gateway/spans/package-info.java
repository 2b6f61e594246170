// SPDX-License-Identifier: Apache-2.0
/** Messages that carry a W3C trace context, as spans of OpenTelemetry. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.gateway.spans;
