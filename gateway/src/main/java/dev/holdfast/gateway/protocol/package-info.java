// SPDX-License-Identifier: Apache-2.0
/**
 * MQTT, as one way to speak for a {@link dev.holdfast.gateway.client.Client}: one connection's packets, which of them are legal
 * when, one handler for each packet family, and what each protocol version is told.
 *
 * <pre>
 *   Wire ─bytes─▶ Connection ─▶ Input ─whole packet─▶ Connect-, Publish-, Acknowledge-, Subscribe-, ... handler
 *                                 │                              └─▶ Client, Session, Router
 *                                 └─▶ Pacing: when packets are taken
 *   Session ─▶ ClientOutlet ─▶ Wire
 *   Client ─▶ Ending ─▶ Wire
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.protocol;

import org.jspecify.annotations.NullMarked;
