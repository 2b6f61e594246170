// SPDX-License-Identifier: Apache-2.0
/** The store on Redis against real Redis servers that the tests start and stop themselves. */
@NullMarked
package dev.holdfast.store.redis;

import org.jspecify.annotations.NullMarked;
