// SPDX-License-Identifier: Apache-2.0
/** What a failure of Redis is called. */
@NullMarked
package dev.holdfast.store.redis.failure;

import org.jspecify.annotations.NullMarked;
