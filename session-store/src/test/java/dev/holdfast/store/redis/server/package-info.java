// SPDX-License-Identifier: Apache-2.0
/** Tests of the clocks and terms of Redis processes. */
@NullMarked
package dev.holdfast.store.redis.server;

import org.jspecify.annotations.NullMarked;
