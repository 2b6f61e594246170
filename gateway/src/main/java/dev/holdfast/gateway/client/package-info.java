// SPDX-License-Identifier: Apache-2.0
/**
 * The clients of a gateway, whatever protocol they speak: who is admitted, how a client gets its session, what it may do,
 * how it renews its token, and how it leaves, each end with a named {@link dev.holdfast.gateway.client.Outcome}. Knows no
 * packet and no socket: a protocol implements {@link dev.holdfast.gateway.client.ClientConnection} and
 * {@link dev.holdfast.gateway.client.Newcomer}, and calls {@link dev.holdfast.gateway.client.Client}.
 *
 * <pre>
 *   protocol ─▶ Clients.open ─▶ Client ─▶ Connecting: Admission, Authenticator, session.Attaching, Rights
 *                                 ├─▶ Renewal: a new token
 *                                 └─▶ Departures: the session and the will of a client that has gone
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.client;

import org.jspecify.annotations.NullMarked;
