// SPDX-License-Identifier: Apache-2.0
/**
 * The composition root: {@link dev.holdfast.gateway.app.Gateway} and {@link dev.holdfast.gateway.app.Wiring} make all parts and
 * connect them by hand. They read as the table of contents of the rest.
 */
@NullMarked
package dev.holdfast.gateway.app;

import org.jspecify.annotations.NullMarked;
