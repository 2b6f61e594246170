// SPDX-License-Identifier: Apache-2.0
/**
 * The program: {@code main}, its commands, and the composition root {@link dev.holdfast.gateway.app.Gateway}, which wires
 * all parts by hand and reads as the table of contents of the rest.
 */
@NullMarked
package dev.holdfast.gateway.app;

import org.jspecify.annotations.NullMarked;
