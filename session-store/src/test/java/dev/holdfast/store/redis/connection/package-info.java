// SPDX-License-Identifier: Apache-2.0
/** Tests of the connection to Redis. */
@NullMarked
package dev.holdfast.store.redis.connection;

import org.jspecify.annotations.NullMarked;
