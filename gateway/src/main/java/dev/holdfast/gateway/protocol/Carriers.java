// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.observe.Carrier;
import dev.holdfast.gateway.transport.Transport;

/** How a connection came, as the metrics call it. */
final class Carriers {
    private Carriers() {}

    static Carrier of(Transport transport) {
        return switch (transport) {
            case TCP -> Carrier.TCP;
            case TLS -> Carrier.TLS;
            case WS -> Carrier.WS;
            case WSS -> Carrier.WSS;
        };
    }
}
