// SPDX-License-Identifier: Apache-2.0
/** The logs of wide filters in Redis. */
@NullMarked
package dev.holdfast.store.redis.log;

import org.jspecify.annotations.NullMarked;
