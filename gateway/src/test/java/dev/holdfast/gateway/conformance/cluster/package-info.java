// SPDX-License-Identifier: Apache-2.0
/**
 * Several gateways that share a Redis.
 */
@NullMarked
package dev.holdfast.gateway.conformance.cluster;

import org.jspecify.annotations.NullMarked;
