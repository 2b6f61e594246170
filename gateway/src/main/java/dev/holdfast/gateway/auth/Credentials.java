// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a client showed: from its CONNECT or AUTH packet, and from its WebSocket upgrade request.
 *
 * @param clientId the client identifier, as sent or as assigned
 * @param username the User Name, or null
 * @param password the Password, or null; not to be logged, not to be kept
 * @param method the Authentication Method of MQTT 5, or null
 * @param data the Authentication Data of MQTT 5, or null; not to be logged, not to be kept
 * @param address the client's address without the port
 * @param upgrade what the WebSocket upgrade request carried, or null over TCP
 */
public record Credentials(
        String clientId,
        @Nullable String username,
        byte @Nullable [] password,
        @Nullable String method,
        byte @Nullable [] data,
        String address,
        @Nullable Upgrade upgrade) {

    /**
     * The parts of a WebSocket upgrade request that may carry a token.
     *
     * @param authorization the Authorization header, or null
     * @param cookies the Cookie header, or null
     * @param subprotocols the Sec-WebSocket-Protocol header as sent
     * @param query the query string without the question mark, or null
     * @param origin the Origin header, or null
     */
    public record Upgrade(
            @Nullable String authorization,
            @Nullable String cookies,
            String subprotocols,
            @Nullable String query,
            @Nullable String origin) {}

    /** Names whose they are and holds no secret. */
    @Override
    public String toString() {
        return "Credentials[" + clientId + " from " + address + "]";
    }
}
