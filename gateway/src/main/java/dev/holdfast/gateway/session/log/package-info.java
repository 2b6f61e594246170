// SPDX-License-Identifier: Apache-2.0
/**
 * The logs of wide filters as one gateway sees them: which there are, and what of them is in memory for the sessions that are
 * connected here. Knows no session.
 */
@NullMarked
package dev.holdfast.gateway.session.log;

import org.jspecify.annotations.NullMarked;
