// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where clients connect: {@code mqtt://host:1883}, {@code mqtts://host:8883}, {@code ws://host:8080/mqtt}, {@code wss://host/mqtt}.
 *
 * @param path of a WebSocket; {@code /mqtt} where none is written
 */
public record BrokerUrl(boolean isWebSocket, boolean isEncrypted, String host, int port, String path) {
    private static final int MQTT = 1883;
    private static final int MQTTS = 8883;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final String EXPECTED =
            "expected mqtt://host:port, mqtts://host:port, ws://host:port/mqtt or wss://host:port/mqtt, got ";

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException when it is none, with what was expected
     */
    public static BrokerUrl parse(String text) {
        URI uri;
        try {
            uri = new URI(text.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(EXPECTED + text, e);
        }
        if (uri.getScheme() == null || uri.getHost() == null || uri.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    uri.getUserInfo() == null
                            ? EXPECTED + text
                            : "expected no user and password in the address, where everybody sees them: --user, --token-file");
        }
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/mqtt" : uri.getRawPath();
        if (uri.getRawQuery() != null) {
            path += "?" + uri.getRawQuery();
        }
        return switch (uri.getScheme().toLowerCase(Locale.ROOT)) {
            case "mqtt", "tcp" -> new BrokerUrl(false, false, uri.getHost(), port(uri, MQTT), "");
            case "mqtts", "ssl", "tls" -> new BrokerUrl(false, true, uri.getHost(), port(uri, MQTTS), "");
            case "ws" -> new BrokerUrl(true, false, uri.getHost(), port(uri, HTTP), path);
            case "wss" -> new BrokerUrl(true, true, uri.getHost(), port(uri, HTTPS), path);
            default -> throw new IllegalArgumentException(EXPECTED + text);
        };
    }

    private static int port(URI uri, int otherwise) {
        return uri.getPort() < 0 ? otherwise : uri.getPort();
    }

    /** The name to connect to; of an IPv6 address without brackets. */
    public String connectTo() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    @Override
    public String toString() {
        String scheme = isWebSocket ? (isEncrypted ? "wss" : "ws") : isEncrypted ? "mqtts" : "mqtt";
        return scheme + "://" + host + ":" + port + path;
    }
}
