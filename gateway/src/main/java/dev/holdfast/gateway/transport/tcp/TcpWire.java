// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import dev.holdfast.gateway.transport.Framing;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.SocketWire;
import dev.holdfast.gateway.transport.Wiring;
import org.xnio.StreamConnection;

/** A wire whose bytes go over the socket, or over TLS, as they are. */
public final class TcpWire extends SocketWire {

    private TcpWire(StreamConnection socket, Wiring wiring, Peer peer) {
        super(socket, wiring, peer, Framing.NONE);
    }

    /** Opens a wire on an accepted connection; on its I/O thread. */
    public static void open(StreamConnection socket, Wiring wiring, Peer peer) {
        TcpWire wire = new TcpWire(socket, wiring, peer);
        socket.setCloseListener(wire);
        wire.open();
    }

    @Override
    protected void bytesRead(byte[] buffer, int offset, int length) {
        deliver(buffer, offset, length);
    }
}
