// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of one session on their way to its client: what waits, in memory or in the store; what is sent and not
 * acknowledged; retained messages of new subscriptions; what other members of a shared subscription get when the client
 * leaves. {@link dev.holdfast.gateway.session.outbound.Outbound} is the door.
 *
 * <pre>
 *   routing ──deliver, queued──▶ Outbound ──publish, pubrel──▶ Outlet (the connection)
 *   protocol ──puback, pubrec, pubcomp──▶ Outbound ──▶ Backlog ──enqueue, read, acknowledge, release──▶ SessionStore
 * </pre>
 *
 * Everything is called on the session's thread, unless a method says otherwise.
 */
@NullMarked
package dev.holdfast.gateway.session.outbound;

import org.jspecify.annotations.NullMarked;
