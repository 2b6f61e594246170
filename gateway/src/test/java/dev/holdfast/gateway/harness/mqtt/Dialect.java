// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** A protocol version over a transport: what most statements are tried in. */
public enum Dialect {
    V3_1_TCP(Version.V3_1, ClientTransport.TCP),
    V3_1_WEBSOCKET(Version.V3_1, ClientTransport.WEBSOCKET),
    V3_1_1_TCP(Version.V3_1_1, ClientTransport.TCP),
    V3_1_1_WEBSOCKET(Version.V3_1_1, ClientTransport.WEBSOCKET),
    V5_TCP(Version.V5, ClientTransport.TCP),
    V5_WEBSOCKET(Version.V5, ClientTransport.WEBSOCKET);

    public final Version version;
    public final ClientTransport transport;

    Dialect(Version version, ClientTransport transport) {
        this.version = version;
        this.transport = transport;
    }
}
