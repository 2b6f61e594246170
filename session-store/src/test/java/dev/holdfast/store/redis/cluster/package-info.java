// SPDX-License-Identifier: Apache-2.0
/** Tests of leases, inboxes and revocations on Redis. */
@NullMarked
package dev.holdfast.store.redis.cluster;

import org.jspecify.annotations.NullMarked;
