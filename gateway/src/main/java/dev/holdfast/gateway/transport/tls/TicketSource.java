// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.store.TicketKey;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Where the keys of TLS tickets come from. */
@FunctionalInterface
public interface TicketSource {
    /**
     * The keys that hold, the newest first; at least one. Never blocks.
     *
     * @param fresh random bytes, which become a key if a new one is due
     */
    CompletionStage<List<TicketKey>> keys(byte[] fresh);
}
