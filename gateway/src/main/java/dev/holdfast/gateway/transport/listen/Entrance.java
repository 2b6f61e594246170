// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.socket.IoLoop;
import dev.holdfast.gateway.transport.socket.Stranger;
import dev.holdfast.gateway.transport.socket.WireContext;
import dev.holdfast.gateway.transport.tcp.HeaderRefusals;
import dev.holdfast.gateway.transport.tcp.ProxyPreface;
import dev.holdfast.gateway.transport.tls.TlsContext;
import dev.holdfast.gateway.transport.tls.TlsEntrance;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * What an accepted connection passes before it is opened: the PROXY header first, then TLS. As soon as its address is known
 * it takes one of the places of that address, before any byte of it is read; a proxy that tells of clients has no need of one.
 */
final class Entrance implements Consumer<StreamConnection> {

    /** Opens a connection that nothing stands before any more. */
    @FunctionalInterface
    interface Opener {
        void open(StreamConnection socket, InetSocketAddress client, Stranger stranger);
    }

    private final WireContext wiring;
    private final ListenerOptions options;
    private final Transport transport;
    private final Predicate<InetAddress> isProxy;
    private final Opener opener;
    private final HeaderRefusals headerRefusals;
    private final @Nullable TlsEntrance tls;

    /**
     * An entrance.
     *
     * @param isProxy who tells in its requests whom a connection comes from
     */
    Entrance(
            WireContext wiring,
            ListenerOptions options,
            Transport transport,
            Predicate<InetAddress> isProxy,
            Opener opener) {
        this.isProxy = isProxy;
        this.wiring = wiring;
        this.options = options;
        this.transport = transport;
        this.opener = opener;
        this.headerRefusals = new HeaderRefusals(transport);
        TlsContext context = options.tls();
        this.tls = context == null ? null : new TlsEntrance(context, wiring, transport);
    }

    @Override
    public void accept(StreamConnection socket) {
        IoLoop loop = wiring.loops().get(socket.getIoThread().getNumber());
        Stranger stranger = Stranger.enter(loop, socket, transport);
        if (options.proxyProtocol()) {
            ProxyPreface.read(socket, wiring, transport, stranger, headerRefusals, client -> {
                if (client == null) {
                    encrypt(socket, socket.getPeerAddress(InetSocketAddress.class), null, stranger);
                } else {
                    count(socket, client, stranger);
                }
            });
        } else {
            count(socket, socket.getPeerAddress(InetSocketAddress.class), stranger);
        }
    }

    private void count(StreamConnection socket, InetSocketAddress client, Stranger stranger) {
        InetAddress address = client.getAddress();
        if (isProxy.test(address)) {
            encrypt(socket, client, null, stranger);
        } else if (stranger.takePlace(wiring.places(), address.getHostAddress())) {
            encrypt(socket, client, address.getHostAddress(), stranger);
        } else {
            stranger.leave();
            IoUtils.safeClose(socket);
        }
    }

    /** The host is that by whose rate a handshake is counted; null for a proxy. */
    private void encrypt(StreamConnection socket, InetSocketAddress client, @Nullable String host, Stranger stranger) {
        if (tls == null) {
            opener.open(socket, client, stranger);
        } else {
            tls.enter(socket, stranger, host, secure -> opener.open(secure, client, stranger));
        }
    }
}
