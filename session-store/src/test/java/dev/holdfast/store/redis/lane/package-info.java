// SPDX-License-Identifier: Apache-2.0
/** Tests of the ordered writers. */
@NullMarked
package dev.holdfast.store.redis.lane;

import org.jspecify.annotations.NullMarked;
