// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

/**
 * How a client is connected.
 *
 * @param peer address and port of the client, {@code 10.0.0.1:5678}
 * @param transport {@code tcp}, {@code tls}, {@code ws} or {@code wss}
 * @param protocol the MQTT version: {@code 3.1}, {@code 3.1.1} or {@code 5.0}
 */
public record ConnectedBy(String peer, String transport, String protocol) {
    /** Stands for the connection where no listener of events wants to know it. */
    public static final ConnectedBy UNKNOWN = new ConnectedBy("", "", "");
}
