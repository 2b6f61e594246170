// SPDX-License-Identifier: Apache-2.0
/** How much is too much. Pure: every clock is passed in. */
@NullMarked
package dev.holdfast.gateway.limits;

import org.jspecify.annotations.NullMarked;
