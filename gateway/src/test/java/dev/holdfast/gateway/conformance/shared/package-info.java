// SPDX-License-Identifier: Apache-2.0
/**
 * Shared subscriptions.
 */
@NullMarked
package dev.holdfast.gateway.conformance.shared;

import org.jspecify.annotations.NullMarked;
