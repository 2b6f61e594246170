// SPDX-License-Identifier: Apache-2.0
/**
 * PUBLISH at each QoS, its properties, topic aliases, and expiry.
 */
@NullMarked
package dev.holdfast.gateway.conformance.publish;

import org.jspecify.annotations.NullMarked;
