// SPDX-License-Identifier: Apache-2.0
/**
 * What MQTT says, without any connection: reason codes, which packet is legal when, topic aliases, what counts before an end,
 * encodings that many connections share.
 */
@NullMarked
package dev.holdfast.gateway.protocol.rules;

import org.jspecify.annotations.NullMarked;
