// SPDX-License-Identifier: Apache-2.0
/** What gateways share besides sessions: leases, inboxes, revocations and keys of TLS tickets. */
@NullMarked
package dev.holdfast.store.redis.cluster;

import org.jspecify.annotations.NullMarked;
