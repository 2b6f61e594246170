// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.transport.IoLoop;
import dev.holdfast.gateway.transport.Stranger;
import dev.holdfast.gateway.transport.Transport;
import dev.holdfast.gateway.transport.Wiring;
import dev.holdfast.gateway.transport.tcp.ProxyPreface;
import dev.holdfast.gateway.transport.tls.TlsContext;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.xnio.StreamConnection;

/** What an accepted connection passes before it is opened: the PROXY header first, then TLS. */
final class Entrance implements Consumer<StreamConnection> {

    /** Opens a connection that nothing stands before any more. */
    @FunctionalInterface
    interface Opener {
        void open(StreamConnection socket, InetSocketAddress client, Stranger stranger);
    }

    private final Wiring wiring;
    private final ListenerOptions options;
    private final Transport transport;
    private final Opener opener;

    Entrance(Wiring wiring, ListenerOptions options, Transport transport, Opener opener) {
        this.wiring = wiring;
        this.options = options;
        this.transport = transport;
        this.opener = opener;
    }

    @Override
    public void accept(StreamConnection socket) {
        IoLoop loop = wiring.loops().get(socket.getIoThread().getNumber());
        Stranger stranger = Stranger.enter(loop, socket, transport);
        if (options.proxyProtocol()) {
            ProxyPreface.read(socket, wiring, transport, stranger, client -> encrypt(socket, client, stranger));
        } else {
            encrypt(socket, socket.getPeerAddress(InetSocketAddress.class), stranger);
        }
    }

    private void encrypt(StreamConnection socket, InetSocketAddress client, Stranger stranger) {
        TlsContext tls = options.tls();
        opener.open(tls == null ? socket : tls.wrap(socket), client, stranger);
    }
}
