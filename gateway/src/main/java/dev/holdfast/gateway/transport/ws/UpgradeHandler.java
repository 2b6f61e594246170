// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.Upgrade;
import dev.holdfast.gateway.transport.socket.WireContext;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.HttpUpgradeListener;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers upgrade requests: refuses them, or makes their connection a wire; and health checks. Runs on the I/O thread. */
final class UpgradeHandler implements HttpHandler {

    /** For Undertow, which has nothing to do with a connection once it is upgraded. */
    private static final HttpUpgradeListener TAKEN = (connection, exchange) -> {};

    private final WebSocketSettings settings;
    private final WireContext wiring;
    private final Transport transport;
    private final @Nullable HttpHandler otherPaths;
    private final OriginRefusals origins = new OriginRefusals();

    UpgradeHandler(
            WebSocketSettings settings, WireContext wiring, Transport transport, @Nullable HttpHandler otherPaths) {
        this.settings = settings;
        this.wiring = wiring;
        this.transport = transport;
        this.otherPaths = otherPaths;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        HealthPath health = settings.health();
        if (health != null && health.isAskedBy(exchange)) {
            view(exchange).answered();
            health.answer(exchange);
            return;
        }
        Refusal refusal = Handshake.check(exchange, settings);
        if (refusal == Refusal.PATH && otherPaths != null && !Handshake.wantsWebSocket(exchange)) {
            view(exchange).answered();
            otherPaths.handleRequest(exchange);
            return;
        }
        if (refusal != null) {
            refuse(exchange, refusal);
            return;
        }
        if (hasPlace(exchange)) {
            upgrade(exchange);
        } else {
            end(exchange, Refusal.TOO_MANY);
        }
    }

    /** Behind a proxy an address is known only now. A proxy that tells of nobody comes for itself, and is trusted. */
    private boolean hasPlace(HttpServerExchange exchange) {
        InetAddress client = client(exchange);
        return settings.trustedProxies().isTrusted(client)
                || view(exchange).stranger().takePlace(wiring.places(), client.getHostAddress());
    }

    private static HttpView view(HttpServerExchange exchange) {
        return (HttpView) ((AbstractServerConnection) exchange.getConnection()).getChannel();
    }

    private void refuse(HttpServerExchange exchange, Refusal refusal) {
        wiring.observer().refused(transport, refusal.kind());
        if (refusal == Refusal.ORIGIN) {
            origins.refused(
                    exchange.getRequestHeaders().getFirst(Headers.ORIGIN),
                    client(exchange).getHostAddress());
        }
        end(exchange, refusal);
    }

    private static void end(HttpServerExchange exchange, Refusal refusal) {
        view(exchange).answered();
        exchange.setPersistent(false);
        exchange.setStatusCode(refusal.status());
        if (refusal.status() == Refusal.VERSION.status()) {
            exchange.getResponseHeaders().put(Headers.UPGRADE, "websocket");
            exchange.getResponseHeaders().put(Handshake.VERSION, "13");
        }
        if (refusal == Refusal.METHOD) {
            exchange.getResponseHeaders().put(Headers.ALLOW, "GET");
        }
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain");
        exchange.getResponseSender().send(refusal.words() + "\n");
    }

    /**
     * Takes the connection out of Undertow's hands and makes it a wire, whose first words are the response: there is
     * less to run and to compile for a connect than if the HTTP server wrote it.
     */
    private void upgrade(HttpServerExchange exchange) {
        AbstractServerConnection http = (AbstractServerConnection) exchange.getConnection();
        HttpView view = (HttpView) http.getChannel();
        boolean deflates = settings.deflates() && Handshake.offersDeflate(exchange.getRequestHeaders());
        byte[] response = Handshake.switchingProtocols(exchange.getRequestHeaders(), deflates);
        byte[] pipelined = takeExtraBytes(http);
        boolean endsAtPing = Handshake.endsAtPing(exchange.getRequestHeaders());
        WebSocketWire wire = new WebSocketWire(
                view.socket(), wiring, peer(exchange), settings, view.stranger(), endsAtPing, deflates);
        exchange.upgradeChannel(TAKEN);
        view.retire(wire);
        wire.open(response, pipelined);
    }

    /** What came after the request in the same segment, off Undertow's buffer. */
    private static byte[] takeExtraBytes(AbstractServerConnection http) {
        PooledByteBuffer extra = http.getExtraBytes();
        if (extra == null) {
            return new byte[0];
        }
        byte[] bytes = new byte[extra.getBuffer().remaining()];
        extra.getBuffer().get(bytes);
        http.setExtraBytes(null);
        extra.close();
        return bytes;
    }

    private InetAddress client(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getRequestHeaders();
        InetSocketAddress socket = exchange.getConnection().getPeerAddress(InetSocketAddress.class);
        return settings.trustedProxies()
                .client(
                        socket.getAddress(),
                        Handshake.all(headers, Headers.X_FORWARDED_FOR),
                        Handshake.all(headers, Headers.FORWARDED));
    }

    private Peer peer(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getRequestHeaders();
        InetSocketAddress socket = exchange.getConnection().getPeerAddress(InetSocketAddress.class);
        InetAddress client = client(exchange);
        int port = client.equals(socket.getAddress()) ? socket.getPort() : 0;
        Upgrade upgrade = new Upgrade(
                exchange.getRequestURI(),
                emptyToNull(exchange.getQueryString()),
                headers.getFirst(Headers.AUTHORIZATION),
                emptyToNull(String.join("; ", Handshake.all(headers, Headers.COOKIE))),
                String.join(",", Handshake.all(headers, Headers.SEC_WEB_SOCKET_PROTOCOL)),
                first(Handshake.all(headers, Headers.ORIGIN)));
        return new Peer(client.getHostAddress(), port, transport, upgrade, Handshake.mayBeBrowser(headers));
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String first(List<String> values) {
        return values.isEmpty() ? null : values.get(0);
    }
}
