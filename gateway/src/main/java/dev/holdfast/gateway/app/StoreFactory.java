// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;

/** Opens the stores that the configuration names. */
@FunctionalInterface
interface StoreFactory {
    /**
     * Opens them.
     *
     * @param memory the account of what is held for clients
     * @throws CommandFailure when they cannot be reached or must not be used, saying why
     */
    Stores open(HoldfastConfig config, Metrics metrics, MemoryAccount memory) throws CommandFailure;
}
