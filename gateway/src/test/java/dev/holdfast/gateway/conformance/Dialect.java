// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

/** A protocol version over a transport: what most statements are tried in. */
enum Dialect {
    V3_1_TCP(Version.V3_1, Transport.TCP),
    V3_1_WEBSOCKET(Version.V3_1, Transport.WEBSOCKET),
    V3_1_1_TCP(Version.V3_1_1, Transport.TCP),
    V3_1_1_WEBSOCKET(Version.V3_1_1, Transport.WEBSOCKET),
    V5_TCP(Version.V5, Transport.TCP),
    V5_WEBSOCKET(Version.V5, Transport.WEBSOCKET);

    final Version version;
    final Transport transport;

    Dialect(Version version, Transport transport) {
        this.version = version;
        this.transport = transport;
    }
}
