// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import dev.holdfast.gateway.observe.Transport;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a wire. Of the wire's loop; the address may be read from anywhere. */
public final class Peer {

    private final String host;
    private final int port;
    private final Transport transport;
    private final boolean mayBeBrowser;
    private @Nullable Upgrade upgrade;

    /**
     * A peer.
     *
     * @param host the IP address, as the PROXY header or a trusted X-Forwarded-For tells it, else as the socket does
     * @param port the port that goes with it, or 0 when unknown
     * @param transport how it came
     * @param upgrade its WebSocket upgrade request, or null over TCP
     * @param mayBeBrowser see {@link #mayBeBrowser}
     */
    public Peer(String host, int port, Transport transport, @Nullable Upgrade upgrade, boolean mayBeBrowser) {
        this.mayBeBrowser = mayBeBrowser;
        this.host = host;
        this.port = port;
        this.transport = transport;
        this.upgrade = upgrade;
    }

    /** A peer at a socket address. */
    public static Peer of(InetSocketAddress address, Transport transport) {
        return new Peer(address.getAddress().getHostAddress(), address.getPort(), transport, null, false);
    }

    /** The IP address in its text form, without the port. */
    public String host() {
        return host;
    }

    /** Address and port, {@code 10.0.0.1:5678} or {@code [::1]:5678}. */
    public String address() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    /** How the peer came. */
    public Transport transport() {
        return transport;
    }

    /** Whether its upgrade request is one as browsers and Node make them; false over TCP. */
    public boolean mayBeBrowser() {
        return mayBeBrowser;
    }

    /**
     * The upgrade request, once: an idle connection has no use for it, and it holds secrets. Null over TCP and at the
     * second call.
     */
    public @Nullable Upgrade takeUpgrade() {
        Upgrade taken = upgrade;
        upgrade = null;
        return taken;
    }

    @Override
    public String toString() {
        return transport.tag() + "://" + address();
    }
}
