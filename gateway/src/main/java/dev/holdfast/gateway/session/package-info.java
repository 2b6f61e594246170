// SPDX-License-Identifier: Apache-2.0
/**
 * What a connected client has in flight: its window, its order, what is resumed, what a takeover and a goodbye do.
 * Knows the store and no wire: packets leave through an {@link dev.holdfast.gateway.session.Outlet}.
 *
 * <pre>
 *   routing ──deliver / offer──▶ Session ──publish, pubrel──▶ Outlet (protocol)
 *   protocol ──puback, pubrec, pubcomp──▶ Session ──acknowledge, release, read──▶ SessionStore
 * </pre>
 *
 * A session belongs to one {@link dev.holdfast.gateway.session.SessionThread}; every method of it is called there.
 */
@NullMarked
package dev.holdfast.gateway.session;

import org.jspecify.annotations.NullMarked;
