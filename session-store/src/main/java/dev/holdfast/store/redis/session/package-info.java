// SPDX-License-Identifier: Apache-2.0
/** The session store on Redis: each operation on a session is one script on the slot of that session. */
@NullMarked
package dev.holdfast.store.redis.session;

import org.jspecify.annotations.NullMarked;
