// SPDX-License-Identifier: Apache-2.0
/**
 * Receive Maximum, acknowledgements, and clients that do not read.
 */
@NullMarked
package dev.holdfast.gateway.conformance.flow;

import org.jspecify.annotations.NullMarked;
