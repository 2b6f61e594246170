// SPDX-License-Identifier: Apache-2.0
/** Tests of the Lua scripts that need no Redis. */
@NullMarked
package dev.holdfast.store.redis.script;

import org.jspecify.annotations.NullMarked;
