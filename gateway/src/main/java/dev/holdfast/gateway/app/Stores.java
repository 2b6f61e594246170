// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.RevocationStore;
import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.session.SessionStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stores, open.
 *
 * @param sessions sessions and their queues
 * @param logs the logs of wide filters
 * @param retained retained messages
 * @param revocations tokens that no longer count
 * @param ticketKeys the keys of TLS tickets
 * @param checks what must be well for the gateway to be ready
 * @param shared what the gateways that share the stores know each other by; null when this is the only one
 * @param closing closes them
 */
record Stores(
        SessionStore sessions,
        LogStore logs,
        RetainedStore retained,
        RevocationStore revocations,
        TicketKeyStore ticketKeys,
        Map<String, ReadinessCheck> checks,
        @Nullable SharedStores shared,
        Runnable closing)
        implements AutoCloseable {
    /** Stores of a gateway that shares them with no other. */
    Stores(
            SessionStore sessions,
            LogStore logs,
            RetainedStore retained,
            RevocationStore revocations,
            TicketKeyStore ticketKeys,
            Map<String, ReadinessCheck> checks,
            Runnable closing) {
        this(sessions, logs, retained, revocations, ticketKeys, checks, null, closing);
    }

    @Override
    public void close() {
        closing.run();
    }
}
