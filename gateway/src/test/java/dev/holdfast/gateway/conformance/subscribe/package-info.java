// SPDX-License-Identifier: Apache-2.0
/**
 * SUBSCRIBE, UNSUBSCRIBE and topic filters.
 */
@NullMarked
package dev.holdfast.gateway.conformance.subscribe;

import org.jspecify.annotations.NullMarked;
