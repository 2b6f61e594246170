// SPDX-License-Identifier: Apache-2.0
/**
 * Wills.
 */
@NullMarked
package dev.holdfast.gateway.conformance.will;

import org.jspecify.annotations.NullMarked;
