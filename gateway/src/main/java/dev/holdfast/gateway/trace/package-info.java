// SPDX-License-Identifier: Apache-2.0
/**
 * Traces: what becomes of one client, or of those whose identifiers begin alike, told to the log for a while. A connection that nobody
 * traces looks at one field of its own.
 */
@NullMarked
package dev.holdfast.gateway.trace;

import org.jspecify.annotations.NullMarked;
