// SPDX-License-Identifier: Apache-2.0
/**
 * The proof that nothing acknowledged is lost: real gateways and a real Redis, broken in a seeded order while clients
 * work, a history of what the clients did and saw, and a checker that reads it.
 *
 * <pre>
 *   rig.Rig            gateways in processes of their own, Redis, proxies between them
 *   rig.Nemesis        breaks and mends them, in an order that a seed gives
 *   rig.RoamingClient  publishers, subscribers, mourners, readers: each on one thread
 *   checker.History    what they did and saw, a line each, in a file
 *   checker.Checker    a pure function over the history: the invariants that were broken
 * </pre>
 */
@NullMarked
package dev.holdfast.gateway.fault;

import org.jspecify.annotations.NullMarked;
