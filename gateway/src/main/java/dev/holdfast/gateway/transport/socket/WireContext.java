// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.gateway.limits.AddressPlaces;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import java.util.List;

/**
 * What all wires of one listener share.
 *
 * @param settings the bounds
 * @param observer who counts
 * @param places the connections of each address
 * @param acceptor who takes the connections
 * @param loops the loops by number
 */
public record WireContext(
        TransportSettings settings,
        TransportObserver observer,
        AddressPlaces places,
        Acceptor acceptor,
        List<IoLoop> loops) {}
