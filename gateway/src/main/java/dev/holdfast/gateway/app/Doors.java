// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.admin.ReadinessCheck;
import dev.holdfast.gateway.api.ApiServices;
import dev.holdfast.gateway.config.ConfigChange;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The listeners for clients, and the clients that came through them. */
interface Doors extends AutoCloseable {
    /** Where MQTT over TCP is accepted; the real port. */
    InetSocketAddress tcp();

    /** Where MQTT over WebSocket is accepted; the real port. */
    InetSocketAddress webSocket();

    /** Where other gateways tell this one things directly; the real port. Null if they do not. */
    @Nullable
    InetSocketAddress peers();

    /** The name by which other gateways, their logs and the REST API speak of this one; it may change. */
    String id();

    /** Ends a session for the operator and closes its connection; completes with whether there was one. */
    CompletableFuture<Boolean> kick(String clientId);

    /**
     * Empties this gateway: waits for the notice, closes the ports for clients, moves the clients off at their pace. Blocks for
     * that long, and is bounded by the settings; takes no time when nobody is connected. What has been drained stays so.
     */
    void drain();

    /** What the REST API works on. */
    ApiServices api();

    /**
     * Uses other keys, rules, certificates and limits for those who come from now on. Blocks while keys are read.
     *
     * @throws CommandFailure when something cannot be used, and nothing has changed
     */
    void reload(ConfigChange change) throws CommandFailure;

    /** Whose tokens are taken. */
    Set<String> issuers();

    /** What must be well for the gateway to be ready. */
    Map<String, ReadinessCheck> checks();

    /**
     * Stops accepting, tells every client that the gateway shuts down (MQTT 5: DISCONNECT, Server shutting down), flushes and closes.
     * Returns within seconds.
     */
    @Override
    void close();
}
