// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.socket.Stranger;
import dev.holdfast.gateway.transport.socket.WireContext;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;

/** Where connections enter that are to become WebSockets: Undertow's HTTP server, narrowed to that. */
public final class WebSocketDoor {

    private static final int MAX_HEADERS = 64;

    /**
     * Whoever sends so much more than is looked at is told so; whoever sends more still is closed. The HTTP server itself
     * can only close.
     */
    private static final int ANSWERED_BEYOND = 64 * 1024;

    private final HttpOpenListener http;
    private final Runnable unanswered;

    /**
     * A door that leads to the wiring's acceptor.
     *
     * @param otherPaths answers requests for other paths than the WebSocket's, on the I/O thread; null refuses them
     */
    public WebSocketDoor(
            WebSocketSettings settings,
            WireContext wiring,
            Transport transport,
            ByteBufferPool buffers,
            @Nullable HttpHandler otherPaths) {
        int timeoutMillis = (int) settings.handshakeTimeout().toMillis();
        OptionMap options = OptionMap.builder()
                .set(UndertowOptions.ENABLE_HTTP2, false)
                .set(UndertowOptions.MAX_HEADER_SIZE, settings.maxHeaderBytes() + ANSWERED_BEYOND)
                .set(UndertowOptions.MAX_HEADERS, MAX_HEADERS)
                .set(UndertowOptions.MAX_PARAMETERS, MAX_HEADERS)
                .set(UndertowOptions.MAX_ENTITY_SIZE, 0L)
                .set(UndertowOptions.NO_REQUEST_TIMEOUT, timeoutMillis)
                .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, timeoutMillis)
                .set(UndertowOptions.DECODE_URL, false)
                .set(UndertowOptions.ALWAYS_SET_DATE, false)
                .set(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
                .getMap();
        this.http = new HttpOpenListener(buffers, options);
        this.unanswered = () -> wiring.observer().refused(transport, Refused.HANDSHAKE);
        this.http.setRootHandler(new UpgradeHandler(settings, wiring, transport, otherPaths));
    }

    /** Takes a connection of which nothing was read yet, and the address it comes from; on its I/O thread. */
    public void enter(StreamConnection socket, InetSocketAddress client, Stranger stranger) {
        http.handleEvent(HttpView.of(socket, client, stranger, unanswered));
    }

    /** Closes the connections that have not been upgraded yet. */
    public void closeConnections() {
        http.closeConnections();
    }
}
