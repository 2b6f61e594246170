// SPDX-License-Identifier: Apache-2.0
/** Tests of the look at a Redis server before it is trusted. */
@NullMarked
package dev.holdfast.store.redis.check;

import org.jspecify.annotations.NullMarked;
