// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.trace;

import java.time.Instant;

/**
 * An order to tell what becomes of clients.
 *
 * @param id its name in the log, the same at every gateway
 * @param client the client identifier, or its beginning
 * @param isPrefix whether it is the beginning
 * @param until when it ends by itself
 */
public record Trace(String id, String client, boolean isPrefix, Instant until) {
    /** Whether it is about a client. */
    public boolean isAbout(String clientId) {
        return isPrefix ? clientId.startsWith(client) : clientId.equals(client);
    }
}
