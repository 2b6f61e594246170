// SPDX-License-Identifier: Apache-2.0
/**
 * Packets that are malformed or break the protocol, and the reason strings of refusals.
 */
@NullMarked
package dev.holdfast.gateway.conformance.packet;

import org.jspecify.annotations.NullMarked;
