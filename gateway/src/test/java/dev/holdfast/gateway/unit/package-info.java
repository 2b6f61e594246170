// SPDX-License-Identifier: Apache-2.0
/**
 * A gateway without sockets, for the unit layer: packets go in and out by a {@link dev.holdfast.gateway.unit.FakeWire}, the
 * store is the one in memory, and neither its I/O threads nor its clock move unless the test moves them.
 *
 * <p>What is tested here is tagged {@code unit}, together with every other test that needs no socket, no process and no
 * Redis: {@code mvn -Punit test}.
 */
@NullMarked
package dev.holdfast.gateway.unit;

import org.jspecify.annotations.NullMarked;
