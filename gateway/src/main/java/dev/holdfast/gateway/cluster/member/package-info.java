// SPDX-License-Identifier: Apache-2.0
/**
 * Which gateways live: the lease of this gateway, the takeover of sessions from another gateway, and the barrier in its
 * own inbox.
 */
@NullMarked
package dev.holdfast.gateway.cluster.member;

import org.jspecify.annotations.NullMarked;
