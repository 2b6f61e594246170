// SPDX-License-Identifier: Apache-2.0
/**
 * The Redis processes behind the masters: their clocks, the scripts that each of them has been given, and which of them may lack
 * the last writes of the process before it.
 */
@NullMarked
package dev.holdfast.store.redis.server;

import org.jspecify.annotations.NullMarked;
