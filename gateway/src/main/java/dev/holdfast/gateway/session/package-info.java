// SPDX-License-Identifier: Apache-2.0
/**
 * The sessions of clients: what each subscribes to, its will, what it receives, and how connections take and leave it. What a
 * session sends is the job of {@link dev.holdfast.gateway.session.outbound.Outbound}.
 *
 * <pre>
 *   client ──attach, enter, leave──▶ Attaching, Detaching ──▶ SessionStore
 *                                        │
 *   routing ──▶ SessionSlot ──live──▶ Session ──▶ Outbound, InboundExchanges
 * </pre>
 *
 * A live session belongs to one {@link dev.holdfast.gateway.session.connection.SessionThread}. Its methods are called there,
 * unless they say otherwise.
 */
@NullMarked
package dev.holdfast.gateway.session;

import org.jspecify.annotations.NullMarked;
