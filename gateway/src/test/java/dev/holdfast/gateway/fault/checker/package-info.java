// SPDX-License-Identifier: Apache-2.0
/**
 * The history of a run and the invariants that it must keep. A function of the history alone.
 */
@NullMarked
package dev.holdfast.gateway.fault.checker;

import org.jspecify.annotations.NullMarked;
