// SPDX-License-Identifier: Apache-2.0
/**
 * The retained messages on Redis. Each gateway follows the changes of each shard, and reads the messages when a client needs them.
 */
@NullMarked
package dev.holdfast.store.redis.retained;

import org.jspecify.annotations.NullMarked;
