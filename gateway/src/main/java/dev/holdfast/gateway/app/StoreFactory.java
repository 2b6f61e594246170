// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.observe.Metrics;

/** Opens the stores that the configuration names. */
@FunctionalInterface
interface StoreFactory {
    /**
     * Opens them.
     *
     * @throws CommandFailure when they cannot be reached or must not be used, saying why
     */
    Stores open(HoldfastConfig config, Metrics metrics) throws CommandFailure;
}
