// SPDX-License-Identifier: Apache-2.0
/** The contract of a log store, as tests. */
@NullMarked
package dev.holdfast.store.contract.log;

import org.jspecify.annotations.NullMarked;
