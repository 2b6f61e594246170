// SPDX-License-Identifier: Apache-2.0
/**
 * The Lua scripts, the names of all keys, and how arguments, answers and messages are encoded. Sends nothing.
 */
@NullMarked
package dev.holdfast.store.redis.script;

import org.jspecify.annotations.NullMarked;
