// SPDX-License-Identifier: Apache-2.0
/**
 * Retained messages.
 */
@NullMarked
package dev.holdfast.gateway.conformance.retained;

import org.jspecify.annotations.NullMarked;
