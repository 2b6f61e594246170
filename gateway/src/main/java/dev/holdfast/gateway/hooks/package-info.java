// SPDX-License-Identifier: Apache-2.0
/**
 * What operators' own code hears of connections and sessions.
 *
 * <pre>
 *   session.Sessions ──Lifecycle──▶ LifecycleHooks ──EventOrder──▶ one ListenerQueue for each LifecycleListener
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.hooks;

import org.jspecify.annotations.NullMarked;
