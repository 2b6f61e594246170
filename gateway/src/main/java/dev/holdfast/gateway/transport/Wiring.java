// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

/**
 * What all wires of one listener share.
 *
 * @param settings the bounds
 * @param observer who counts
 * @param acceptor who takes the connections
 * @param loops the loops by number
 */
public record Wiring(
        TransportSettings settings, TransportObserver observer, Acceptor acceptor, java.util.List<IoLoop> loops) {}
