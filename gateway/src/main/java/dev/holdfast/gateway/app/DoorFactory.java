// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.Readiness;
import dev.holdfast.gateway.auth.revocation.StoredRevocations;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Metrics;

/** Wires what lies between the sockets and the stores, and listens. */
@FunctionalInterface
interface DoorFactory {
    /**
     * Listens.
     *
     * @param revocations tokens that no longer count, read once
     * @param readiness what balancers are told
     * @param memory the account of what is held for clients
     * @throws CommandFailure when an address cannot be bound or a certificate cannot be used, saying which and why
     */
    Doors open(
            HoldfastConfig config,
            Stores stores,
            StoredRevocations revocations,
            Readiness readiness,
            Metrics metrics,
            MemoryAccount memory)
            throws CommandFailure;
}
