// SPDX-License-Identifier: Apache-2.0
/**
 * The types that a setting may have beside those of the JDK: sizes, rates, durations as text, secrets, origins and
 * addresses.
 */
@NullMarked
package dev.holdfast.gateway.config.value;

import org.jspecify.annotations.NullMarked;
