// SPDX-License-Identifier: Apache-2.0
/**
 * The internal listener: is it alive, is it ready, what has it counted. For the operator's machines, never exposed. And the
 * demo page, which the WebSocket listener serves.
 */
@NullMarked
package dev.holdfast.gateway.admin;

import org.jspecify.annotations.NullMarked;
