// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.socket.Stranger;
import dev.holdfast.gateway.transport.socket.WireContext;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.StreamConnection;

/** Where connections of one listener begin to speak TLS. */
public final class TlsEntrance {
    final TlsContext tls;
    final WireContext wiring;
    final Transport transport;

    /** What is told of a connection whose engine fails when the handshake is over. */
    final Runnable violated;

    /** The entrance of a listener. */
    public TlsEntrance(TlsContext tls, WireContext wiring, Transport transport) {
        this.tls = tls;
        this.wiring = wiring;
        this.transport = transport;
        this.violated = () -> wiring.observer().refused(transport, Refused.TLS_VIOLATION);
    }

    /**
     * Waits for the client to begin, and gives its connection to whoever reads what comes encrypted; on the connection's loop.
     *
     * @param host the IP address by whose rate it is counted; null if it comes through a proxy that tells the address later
     * @param then gets the encrypted connection, whose handshake has begun
     */
    public void enter(
            StreamConnection socket, Stranger stranger, @Nullable String host, Consumer<StreamConnection> then) {
        new TlsOpening(this, socket, stranger, host, then).begin();
    }
}
