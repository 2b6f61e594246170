// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.socket.Framing;
import dev.holdfast.gateway.transport.socket.SocketWire;
import dev.holdfast.gateway.transport.socket.Stranger;
import dev.holdfast.gateway.transport.socket.WireContext;
import org.jspecify.annotations.Nullable;
import org.xnio.StreamConnection;

/** A wire whose bytes go over the socket, or over TLS, as they are. */
public final class TcpWire extends SocketWire {

    private TcpWire(StreamConnection socket, WireContext wiring, Peer peer, @Nullable Stranger stranger) {
        super(socket, wiring, peer, Framing.NONE, stranger);
    }

    /**
     * Opens a wire on an accepted connection; on its I/O thread.
     *
     * @param stranger the connection as it was counted at its accept; null if it is not counted
     */
    public static void open(StreamConnection socket, WireContext wiring, Peer peer, @Nullable Stranger stranger) {
        TcpWire wire = new TcpWire(socket, wiring, peer, stranger);
        socket.setCloseListener(wire);
        wire.open();
    }

    @Override
    protected void bytesRead(byte[] buffer, int offset, int length) {
        deliver(buffer, offset, length);
    }
}
