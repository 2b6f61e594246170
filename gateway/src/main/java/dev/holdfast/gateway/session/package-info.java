// SPDX-License-Identifier: Apache-2.0
/**
 * The sessions of clients: what each subscribes to, what is in flight and in which order it leaves, and how connections take
 * and leave them.
 * A session has a {@link dev.holdfast.gateway.session.Backlog} in memory or in the store. It knows no wire: packets leave through an {@link dev.holdfast.gateway.session.Outlet}.
 *
 * <pre>
 *   routing ──deliver, queued──▶ Session ──publish, pubrel──▶ Outlet (the connection)
 *   protocol ──puback, pubrec, pubcomp──▶ Session ──acknowledge, release, read──▶ SessionStore
 * </pre>
 *
 * A session belongs to one {@link dev.holdfast.gateway.session.SessionThread}. Its methods are called there, unless they say
 * otherwise.
 */
@NullMarked
package dev.holdfast.gateway.session;

import org.jspecify.annotations.NullMarked;
