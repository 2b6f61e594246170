// SPDX-License-Identifier: Apache-2.0
/**
 * The contract of a session store: what a session, a queued message, a retained message and a gateway are, and the
 * asynchronous operations on them. Imports the JDK and nothing else; knows neither MQTT's wire nor Redis.
 *
 * <pre>
 *   gateway ──attach, enqueue, read, acknowledge──▶ SessionStore  ──▶ store.memory | store.redis
 *           ──retain, find────────────────────────▶ RetainedStore ──▶ store.memory | store.redis
 *           ──revoke, changesSince────────────────▶ RevocationStore ▶ store.memory | store.redis
 * </pre>
 *
 * Every operation may be called on any thread, never blocks, and answers with a stage that may complete on any
 * thread, the caller's included. A stage that completes exceptionally means "unknown or not done", never "done".
 */
@NullMarked
package dev.holdfast.store;

import org.jspecify.annotations.NullMarked;
