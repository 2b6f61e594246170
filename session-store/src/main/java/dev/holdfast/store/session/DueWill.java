// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Will;

/**
 * A will that is to be published now. Whoever is handed it publishes it and then says so by
 * {@link SessionStore#willPublished}; otherwise a sweep hands it out again after a while, so that it is not lost with
 * a gateway. Its message identifier stays the same.
 *
 * @param connection whose it was: client identifier and epoch
 * @param will what to publish
 */
public record DueWill(SessionRef connection, Will will) {
    /** The client identifier of the connection. */
    public String clientId() {
        return connection.clientId();
    }
}
