// SPDX-License-Identifier: Apache-2.0
/**
 * The retained messages on Redis. Each gateway keeps a copy of all of them and follows the changes of each shard.
 */
@NullMarked
package dev.holdfast.store.redis.retained;

import org.jspecify.annotations.NullMarked;
