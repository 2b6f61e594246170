// SPDX-License-Identifier: Apache-2.0
/**
 * One gateway's connection to Redis, which all stores share: Redisson, its settings, the lanes, and the watch for outages.
 */
@NullMarked
package dev.holdfast.store.redis.connection;

import org.jspecify.annotations.NullMarked;
