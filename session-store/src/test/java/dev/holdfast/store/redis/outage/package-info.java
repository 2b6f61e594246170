// SPDX-License-Identifier: Apache-2.0
/**
 * All stores together while Redis fails: restarts, failovers, parts of a cluster that are away, lost writes.
 */
@NullMarked
package dev.holdfast.store.redis.outage;

import org.jspecify.annotations.NullMarked;
