// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.observe.Metrics;

/** Puts the parts of a gateway together, by hand. */
final class Wiring {
    private Wiring() {}

    /** The stores that the configuration names. */
    static Stores stores(HoldfastConfig config, Metrics metrics) throws CommandFailure {
        return UnwiredParts.stores();
    }

    /** From the sockets to the stores. */
    static Doors doors(HoldfastConfig config, Stores stores, Metrics metrics) throws CommandFailure {
        return UnwiredParts.doors(config.listeners());
    }
}
