// SPDX-License-Identifier: Apache-2.0
/**
 * The values that every store keeps (a message, a will, a subscription), the ways in which a store fails, and the contracts
 * of the small stores: retained messages, revocations, keys of TLS tickets. Imports the JDK and nothing else; knows neither MQTT's wire
 * nor Redis.
 *
 * <pre>
 *   gateway ──attach, enqueue, read, acknowledge──▶ session.SessionStore ──▶ memory | redis.session
 *           ──retain, find────────────────────────▶ RetainedStore ─────────▶ memory | redis.retained
 *           ──revoke, changesSince────────────────▶ RevocationStore ───────▶ memory | redis.cluster
 *           ──keys────────────────────────────────▶ TicketKeyStore ────────▶ memory | redis.cluster
 *           ──append, read────────────────────────▶ log.LogStore ──────────▶ memory | redis.log
 *           ──join, renew, append, read───────────▶ cluster.Membership, cluster.Inbox ──▶ redis.cluster
 * </pre>
 *
 * Every operation may be called on any thread, never blocks, and answers with a stage that may complete on any
 * thread, the caller's included. A stage that completes exceptionally means "unknown or not done", never "done".
 */
@NullMarked
package dev.holdfast.store;

import org.jspecify.annotations.NullMarked;
