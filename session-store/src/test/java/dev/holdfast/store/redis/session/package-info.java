// SPDX-License-Identifier: Apache-2.0
/** The session contract on Redis, and what is special there. */
@NullMarked
package dev.holdfast.store.redis.session;

import org.jspecify.annotations.NullMarked;
