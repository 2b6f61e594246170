// SPDX-License-Identifier: Apache-2.0
/**
 * Limits of clients and of memory, and how each refusal is counted.
 */
@NullMarked
package dev.holdfast.gateway.conformance.limits;

import org.jspecify.annotations.NullMarked;
