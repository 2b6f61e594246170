// SPDX-License-Identifier: Apache-2.0
/** The contract run on the stores in memory, and what only they promise. */
@NullMarked
package dev.holdfast.store.memory;

import org.jspecify.annotations.NullMarked;
