// SPDX-License-Identifier: Apache-2.0
/** The ordered writers: each collects calls into one batch in flight, and repeats what has failed. */
@NullMarked
package dev.holdfast.store.redis.lane;

import org.jspecify.annotations.NullMarked;
