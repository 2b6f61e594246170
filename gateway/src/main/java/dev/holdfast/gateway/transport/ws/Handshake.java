// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of the opening handshake, RFC 6455 section 4.2, and of MQTT's subprotocol [MQTT-6.0.0-3]. */
final class Handshake {

    static final HttpString VERSION = new HttpString("Sec-WebSocket-Version");

    private static final List<String> SUBPROTOCOLS = List.of("mqtt", "mqttv3.1");
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    /** What the text of a UUID begins with, as far as 16 bytes reach. */
    private static final Pattern START_OF_UUID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]");

    /** Never fed: to be cloned, which takes no look through the providers. */
    private static final MessageDigest SHA_1 = sha1();

    private Handshake() {}

    /** What is wrong with the request, or null. */
    static @Nullable Refusal check(HttpServerExchange exchange, WebSocketSettings settings) {
        HeaderMap headers = exchange.getRequestHeaders();
        if (length(headers) > settings.maxHeaderBytes()) {
            return Refusal.HEADER_TOO_LONG;
        }
        // The URI as it was sent: "//mqtt", "/mqtt/" and "/%6dqtt" are other paths.
        if (exchange.isHostIncludedInRequestURI() || !settings.paths().contains(exchange.getRequestURI())) {
            return Refusal.PATH;
        }
        if (!exchange.getRequestMethod().equals(Methods.GET)) {
            return Refusal.METHOD;
        }
        if (!exchange.getProtocol().equals(Protocols.HTTP_1_1)
                || !hasToken(headers, Headers.UPGRADE, "websocket")
                || !hasToken(headers, Headers.CONNECTION, "upgrade")) {
            return Refusal.NOT_AN_UPGRADE;
        }
        if (headers.contains(Headers.TRANSFER_ENCODING)
                || (headers.contains(Headers.CONTENT_LENGTH) && exchange.getRequestContentLength() != 0)) {
            return Refusal.BODY;
        }
        if (!"13".equals(only(headers, VERSION))) {
            return Refusal.VERSION;
        }
        if (!isKey(only(headers, Headers.SEC_WEB_SOCKET_KEY))) {
            return Refusal.KEY;
        }
        if (all(headers, Headers.AUTHORIZATION).size() > 1) {
            return Refusal.AUTHORIZATION;
        }
        if (!settings.origins().allows(all(headers, Headers.ORIGIN), all(headers, Headers.HOST))) {
            return Refusal.ORIGIN;
        }
        return subprotocol(headers) == null ? Refusal.SUBPROTOCOL : null;
    }

    /** Whether it asks for a WebSocket at all, at whatever path. */
    static boolean wantsWebSocket(HttpServerExchange exchange) {
        return hasToken(exchange.getRequestHeaders(), Headers.UPGRADE, "websocket");
    }

    /**
     * Whether this client ends its connection when it is pinged: Paho for Java does, up to 1.2.5, of MQTT 3 and 5, which
     * takes any frame but a binary one for the end. It is known by the Sec-WebSocket-Key, whose 16 bytes are the beginning
     * of a UUID's text; those of others are random.
     *
     * @param request one in which {@link #check} has found nothing wrong
     */
    static boolean endsAtPing(HeaderMap request) {
        byte[] key = Base64.getDecoder()
                .decode(request.getFirst(Headers.SEC_WEB_SOCKET_KEY).trim());
        return key[8] == '-'
                && START_OF_UUID
                        .matcher(new String(key, StandardCharsets.ISO_8859_1))
                        .matches();
    }

    /**
     * Whether a browser may have made the request, or Node with the module {@code ws}: they offer extensions, which hardly any
     * MQTT client does that brings its own WebSocket.
     */
    static boolean mayBeBrowser(HeaderMap request) {
        String agent = request.getFirst(Headers.USER_AGENT);
        return request.contains(Headers.SEC_WEB_SOCKET_EXTENSIONS) || (agent != null && agent.startsWith("Mozilla/"));
    }

    /** The bytes of all headers; the request line is bounded with them by the HTTP server. */
    private static int length(HeaderMap headers) {
        int bytes = 0;
        for (HeaderValues values : headers) {
            for (String value : values) {
                bytes += values.getHeaderName().length() + value.length() + 4;
            }
        }
        return bytes;
    }

    /** The first of the client's offers that is one of ours, or null. */
    private static @Nullable String subprotocol(HeaderMap headers) {
        for (String header : all(headers, Headers.SEC_WEB_SOCKET_PROTOCOL)) {
            if (SUBPROTOCOLS.contains(header)) {
                return header;
            }
            for (String offer : header.split(",")) {
                if (SUBPROTOCOLS.contains(offer.trim())) {
                    return offer.trim();
                }
            }
        }
        return null;
    }

    /** Whether this client offers to compress messages, in a way that we know. */
    static boolean offersDeflate(HeaderMap request) {
        return DeflateOffer.isAcceptable(all(request, Headers.SEC_WEB_SOCKET_EXTENSIONS));
    }

    /**
     * The response that accepts a request in which {@link #check} has found nothing wrong, RFC 6455 section 4.2.2.
     *
     * @param deflates whether the client's offer to compress messages is accepted
     */
    static byte[] switchingProtocols(HeaderMap request, boolean deflates) {
        String key = request.getFirst(Headers.SEC_WEB_SOCKET_KEY).trim();
        String response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + accept(key)
                + "\r\nSec-WebSocket-Protocol: " + subprotocol(request)
                + (deflates ? "\r\nSec-WebSocket-Extensions: " + DeflateOffer.ACCEPTED : "") + "\r\n\r\n";
        return response.getBytes(StandardCharsets.US_ASCII);
    }

    /** The Sec-WebSocket-Accept that proves that the key was read. */
    private static String accept(String key) {
        byte[] digest = freshDigest().digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
        return Base64.getEncoder().encodeToString(digest);
    }

    private static MessageDigest freshDigest() {
        try {
            return (MessageDigest) SHA_1.clone();
        } catch (CloneNotSupportedException someProvidersOnly) {
            return sha1();
        }
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    static List<String> all(HeaderMap headers, HttpString name) {
        HeaderValues values = headers.get(name);
        return values == null ? List.of() : values;
    }

    private static @Nullable String only(HeaderMap headers, HttpString name) {
        List<String> values = all(headers, name);
        return values.size() == 1 ? values.get(0).trim() : null;
    }

    private static boolean isKey(@Nullable String key) {
        if (key == null || key.length() != 24) {
            return false;
        }
        try {
            return Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static boolean hasToken(HeaderMap headers, HttpString name, String token) {
        for (String header : all(headers, name)) {
            if (header.equalsIgnoreCase(token)) {
                return true;
            }
            for (String value : header.split(",")) {
                if (value.trim().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }
}
