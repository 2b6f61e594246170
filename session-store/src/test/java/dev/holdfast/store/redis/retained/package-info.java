// SPDX-License-Identifier: Apache-2.0
/** The contract of retained messages on Redis, and what is special there. */
@NullMarked
package dev.holdfast.store.redis.retained;

import org.jspecify.annotations.NullMarked;
