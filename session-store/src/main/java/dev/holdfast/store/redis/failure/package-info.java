// SPDX-License-Identifier: Apache-2.0
/** What a failure of Redis means: whether the call is sent again, and what the operator is told. */
@NullMarked
package dev.holdfast.store.redis.failure;

import org.jspecify.annotations.NullMarked;
