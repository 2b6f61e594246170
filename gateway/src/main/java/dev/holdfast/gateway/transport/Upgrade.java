// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import org.jspecify.annotations.Nullable;

/**
 * What a WebSocket upgrade request carried that may identify its sender. Holds secrets: not to be logged, not to be
 * kept longer than the CONNECT takes.
 *
 * @param path the request path, as sent
 * @param query the query string without the question mark, or null
 * @param authorization the Authorization header, or null
 * @param cookies the Cookie headers joined with "; ", or null
 * @param subprotocols the Sec-WebSocket-Protocol headers as sent, joined with commas
 * @param origin the Origin header, or null
 */
public record Upgrade(
        String path,
        @Nullable String query,
        @Nullable String authorization,
        @Nullable String cookies,
        String subprotocols,
        @Nullable String origin) {

    /** Names the path and holds no secret. */
    @Override
    public String toString() {
        return "Upgrade[" + path + "]";
    }
}
