// SPDX-License-Identifier: Apache-2.0
/**
 * One connection's life: its phases, what is legal in each, one handler for each packet family, and every way it can
 * end as a named {@link dev.holdfast.gateway.protocol.Outcome}.
 *
 * <pre>
 *   Wire ─bytes─▶ Connection ─whole packet─▶ Connect-, Publish-, Acknowledge-, Subscribe-, ... handler ─▶ Session, Router
 *   Session ─▶ ClientOutlet ─▶ Wire
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.protocol;

import org.jspecify.annotations.NullMarked;
