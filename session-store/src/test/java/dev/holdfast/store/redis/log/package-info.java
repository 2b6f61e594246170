// SPDX-License-Identifier: Apache-2.0
/** The log store on Redis keeps the contract. */
@NullMarked
package dev.holdfast.store.redis.log;

import org.jspecify.annotations.NullMarked;
