// SPDX-License-Identifier: Apache-2.0
/**
 * A gateway without sockets, for the unit layer: packets go in and out by a {@link dev.holdfast.gateway.unit.FakeWire}, the
 * store is the one in memory, and neither its I/O threads nor its clock move unless the test moves them.
 *
 * <p>The tests that use it stand in the packages of what they test and are tagged {@code unit}, as is every other test that needs
 * no socket, no process and no Redis: {@code mvn -pl gateway -am test -Dgroups=unit}.
 */
@NullMarked
package dev.holdfast.gateway.unit;

import org.jspecify.annotations.NullMarked;
