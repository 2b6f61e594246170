// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a WebSocket listener behaves.
 *
 * @param paths the exact request paths that are upgraded
 * @param origins whose pages may connect
 * @param trustedProxies whose X-Forwarded-For is believed
 * @param pingInterval the silence after which the server pings; zero for never
 * @param pongPatience how much longer the silence may last before the connection is closed as idle
 * @param handshakeTimeout how long a client may take from TCP connect to a whole upgrade request
 * @param maxHeaderBytes the bound of the upgrade request
 * @param maxFrameBytes the longest payload a frame may announce; nothing is allocated for it
 * @param deflates whether messages are compressed with clients that offer it (RFC 7692)
 * @param health where health checks are answered, or null for nowhere
 */
public record WebSocketSettings(
        List<String> paths,
        Origins origins,
        TrustedProxies trustedProxies,
        Duration pingInterval,
        Duration pongPatience,
        Duration handshakeTimeout,
        int maxHeaderBytes,
        long maxFrameBytes,
        boolean deflates,
        @Nullable HealthPath health) {

    /** Path {@code /mqtt}, no browser origin, no proxy, a ping after 25 s, 35 s for the answer, 10 s handshake. */
    public static WebSocketSettings defaults() {
        return new WebSocketSettings(
                List.of("/mqtt"),
                Origins.of(List.of()),
                TrustedProxies.NONE,
                Duration.ofSeconds(25),
                Duration.ofSeconds(35),
                Duration.ofSeconds(10),
                16 * 1024,
                4L << 20,
                false,
                null);
    }

    /** Copies the list. */
    public WebSocketSettings {
        paths = List.copyOf(paths);
    }

    /** These settings with another rule for origins. */
    public WebSocketSettings withOrigins(Origins allowed) {
        return new WebSocketSettings(
                paths,
                allowed,
                trustedProxies,
                pingInterval,
                pongPatience,
                handshakeTimeout,
                maxHeaderBytes,
                maxFrameBytes,
                deflates,
                health);
    }

    /** These settings with trusted proxies. */
    public WebSocketSettings withTrustedProxies(TrustedProxies proxies) {
        return new WebSocketSettings(
                paths,
                origins,
                proxies,
                pingInterval,
                pongPatience,
                handshakeTimeout,
                maxHeaderBytes,
                maxFrameBytes,
                deflates,
                health);
    }

    /** These settings with health checks. */
    public WebSocketSettings withHealth(HealthPath path) {
        return new WebSocketSettings(
                paths,
                origins,
                trustedProxies,
                pingInterval,
                pongPatience,
                handshakeTimeout,
                maxHeaderBytes,
                maxFrameBytes,
                deflates,
                path);
    }

    /** These settings with other times. */
    public WebSocketSettings withTimes(Duration interval, Duration patience, Duration handshake) {
        return new WebSocketSettings(
                paths,
                origins,
                trustedProxies,
                interval,
                patience,
                handshake,
                maxHeaderBytes,
                maxFrameBytes,
                deflates,
                health);
    }

    /** These settings with compression. */
    public WebSocketSettings withDeflate() {
        return new WebSocketSettings(
                paths,
                origins,
                trustedProxies,
                pingInterval,
                pongPatience,
                handshakeTimeout,
                maxHeaderBytes,
                maxFrameBytes,
                true,
                health);
    }
}
