// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.value.ForwardedHeader;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.Upgrade;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes a WebSocket and what does not. */
class HandshakeTest {

    private final Server server = Server.echoing();
    private final InetSocketAddress address = server.ws();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aRightRequestIsUpgradedWithTheProofThatItsKeyWasRead() throws Exception {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(RawSocketClient.request("/mqtt"));

            assertThat(client.head())
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .contains("\r\nUpgrade: websocket\r\n")
                    .contains("\r\nConnection: Upgrade\r\n")
                    .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                    .contains("Sec-WebSocket-Protocol: mqtt\r\n")
                    .doesNotContain("Extensions");
        }
    }

    @Test
    void theFirstOfTheOffersThatFitsIsTaken() throws Exception {
        assertThat(answer(RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol: bearer.abc, mqttv3.1, mqtt")))
                .startsWith("HTTP/1.1 101")
                .contains("Sec-WebSocket-Protocol: mqttv3.1\r\n");
        assertThat(answer(RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol: x,mqtt,mqttv3.1")))
                .contains("Sec-WebSocket-Protocol: mqtt\r\n");
    }

    @Test
    void upgradeAndConnectionMayBeInAnyCaseAloneOrInAList() throws Exception {
        for (String connection : List.of("Upgrade", "upgrade", "UPGRADE,keep-alive", "keep-alive , Upgrade")) {
            for (String upgrade : List.of("websocket", "WebSocket", "h2c, WEBSOCKET")) {
                assertThat(answer(RawSocketClient.request("/mqtt", "Connection: " + connection, "Upgrade: " + upgrade)))
                        .as(connection + " to " + upgrade)
                        .startsWith("HTTP/1.1 101");
            }
        }
        refused(426, "not_an_upgrade", RawSocketClient.request("/mqtt", "Connection: keep-alive, Upgrades"));
        refused(426, "not_an_upgrade", RawSocketClient.request("/mqtt", "Upgrade: websockets"));
    }

    @Test
    void withoutASubprotocolThatFitsTheAnswerIs400() throws Exception {
        refused(400, "subprotocol", RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol:"));
        refused(400, "subprotocol", RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol: chat"));
        refused(400, "subprotocol", RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol: MQTT"));
        refused(400, "subprotocol", RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol: mqttx"));
    }

    @Test
    void anotherPathIs404() throws Exception {
        for (String path : List.of("/", "//mqtt", "/mqtt/", "/%6dqtt", "/%2fmqtt", "%2fmqtt", "/MQTT", "/x/../mqtt")) {
            try (RawSocketClient client = new RawSocketClient(address)) {
                client.send(RawSocketClient.request(path));

                assertThat(client.head()).as(path).matches("(?s)HTTP/1.1 40[04] .*");
            }
        }
        assertThat(server.hasNone()).isTrue();
    }

    @Test
    void anotherVersionIs426AndTheAnswerNamesOurs() throws Exception {
        for (String version : List.of("8", "7", "0", "14", "x")) {
            assertThat(answer(RawSocketClient.request("/mqtt", "Sec-WebSocket-Version: " + version)))
                    .startsWith("HTTP/1.1 426 ")
                    .contains("Sec-WebSocket-Version: 13\r\n");
        }
        refused(426, "version", RawSocketClient.request("/mqtt", "Sec-WebSocket-Version:"));
    }

    @Test
    void aPlainGetIs426() throws Exception {
        refused(426, "not_an_upgrade", RawSocketClient.request("/mqtt", "Upgrade:"));
        refused(426, "not_an_upgrade", RawSocketClient.request("/mqtt", "Connection: close"));
        refused(426, "not_an_upgrade", RawSocketClient.request("/mqtt", "Upgrade: h2c"));
    }

    @Test
    void anotherMethodIs405() throws Exception {
        refused(405, "method", RawSocketClient.request("/mqtt").replaceFirst("GET", "POST"));
    }

    @Test
    void aKeyThatIsNot16BytesIs400() throws Exception {
        for (String key : List.of("", " c2hvcnQ=", " !!!!!!!!!!!!!!!!!!!!!!==", " dGhlIHNhbXBsZSBub25jZQxx")) {
            refused(400, "key", RawSocketClient.request("/mqtt", "Sec-WebSocket-Key:" + key));
        }
    }

    @Test
    void aBodyWithAnUpgradeIsRefused() throws Exception {
        refused(400, "body", RawSocketClient.request("/mqtt", "Content-Length: 5") + "GET /");
        assertThat(isTurnedAway(RawSocketClient.request("/mqtt", "Transfer-Encoding: chunked") + "0\r\n\r\n"))
                .isTrue();
        assertThat(server.hasNone()).isTrue();
    }

    @Test
    void aRefusedConnectionIsClosedSoThatNothingFollowsTheRefusal() throws Exception {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(RawSocketClient.request("/no") + RawSocketClient.request("/mqtt"));

            assertThat(client.status()).isEqualTo(404);
            assertThat(client.isEnded()).isTrue();
            assertThat(server.hasNone()).isTrue();
        }
    }

    @Test
    void aRequestWithoutAnOriginIsNotFromABrowserAndMayConnect() throws Exception {
        assertThat(answer(RawSocketClient.request("/mqtt"))).startsWith("HTTP/1.1 101");
    }

    @Test
    void anOriginOfTheListMayConnect() throws Exception {
        assertThat(answer(RawSocketClient.request("/mqtt", "Origin: https://good.example")))
                .startsWith("HTTP/1.1 101");
    }

    @Test
    void anotherOriginIs403() throws Exception {
        for (String origin : List.of(
                "null",
                "https://good.example.evil.com",
                "https://evilgood.example",
                "http://good.example",
                "https://good.example:8443",
                "https://good.example/",
                "https://sub.good.example",
                "good.example")) {
            refused(403, "origin", RawSocketClient.request("/mqtt", "Origin: " + origin));
        }
        refused(
                403,
                "origin",
                RawSocketClient.request("/mqtt", "Origin: https://good.example", "Origin: https://evil.com"));
    }

    @Test
    void inDevelopmentAnyOriginMayConnect() throws Exception {
        InetSocketAddress open =
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withOrigins(Origins.ANY));
        try (RawSocketClient client = new RawSocketClient(open)) {
            client.send(RawSocketClient.request("/mqtt", "Origin: null"));

            assertThat(client.status()).isEqualTo(101);
        }
    }

    @Test
    void anOriginListRefusesWhatIsNotAnOrigin() {
        for (String wrong :
                List.of("*", "good.example", "https://good.example/", "https://a b", "https://", "a://b:99999")) {
            assertThatThrownBy(() -> Origins.of(List.of(wrong))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void originsThatMeanTheSameAreTheSame() throws Exception {
        Origins some =
                Origins.of(List.of("HTTPS://Good.example:443", "http://plain.example", "file://", "null", "app://x"));
        InetSocketAddress open =
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withOrigins(some));
        for (String origin : List.of(
                "https://good.example",
                "https://good.example:443",
                "http://plain.example:80",
                "file://",
                "null",
                "app://x")) {
            assertThat(statusAt(open, "Origin: " + origin)).as(origin).isEqualTo(101);
        }
        for (String origin : List.of("https://good.example:80", "https://plain.example", "app://y", "app://x:80")) {
            assertThat(statusAt(open, "Origin: " + origin)).as(origin).isEqualTo(403);
        }
    }

    /**
     * HiveMQ's client, Paho's for Python and Paho's for C send the host that they ask as their Origin, though they are no
     * browsers: they got 403, and nothing said why.
     */
    @ParameterizedTest
    @CsvSource({
        "http://gw.example:8080, gw.example:8080",
        "https://gw.example:8080, gw.example:8080",
        "https://gw.example:8080, GW.Example:8080",
        "http://gw.example, gw.example",
        "https://gw.example, gw.example",
        "https://gw.example:443, gw.example",
        "https://gw.example, gw.example:443",
        "http://[2001:db8::1]:8080, [2001:db8::1]:8080",
        "http://[2001:db8::1], [2001:db8::1]"
    })
    void anOriginThatIsTheHostItAsksMayConnect(String origin, String host) throws Exception {
        assertThat(answer(RawSocketClient.request("/mqtt", "Host: " + host, "Origin: " + origin)))
                .startsWith("HTTP/1.1 101");
    }

    @ParameterizedTest
    @CsvSource({
        "http://gw.example:8081, gw.example:8080",
        "http://gw.example, gw.example:8080",
        "https://gw.example:80, gw.example",
        "http://evil.example:8080, gw.example:8080",
        "http://gw.example.evil.example, gw.example",
        "null, null",
        "file://, gw.example"
    })
    void anOriginOfAnotherHostOrPortIsRefused(String origin, String host) throws Exception {
        refused(403, "origin", RawSocketClient.request("/mqtt", "Host: " + host, "Origin: " + origin));
    }

    private static int statusAt(InetSocketAddress at, String... headers) throws Exception {
        try (RawSocketClient client = new RawSocketClient(at)) {
            client.send(RawSocketClient.request("/mqtt", headers));
            return client.status();
        }
    }

    /** The first was taken, and what stood before this gateway may have judged by the second. */
    @Test
    void twoAuthorizationHeadersAreRefused() throws Exception {
        refused(
                400,
                "authorization",
                RawSocketClient.request("/mqtt", "Authorization: Bearer a", "Authorization: Bearer b"));
        refused(
                400,
                "authorization",
                RawSocketClient.request("/mqtt", "Authorization: Basic YTpi", "authorization: Bearer b"));
    }

    @Test
    void theUpgradeRequestIsKeptForAuthenticationUntilItIsTaken() throws Exception {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(RawSocketClient.request(
                    "/mqtt?token=abc",
                    "Authorization: Bearer xyz",
                    "Cookie: a=1",
                    "Cookie: b=2",
                    "Origin: https://good.example",
                    "Sec-WebSocket-Protocol: mqtt, bearer.jwt"));
            assertThat(client.status()).isEqualTo(101);

            Peer peer = server.next().wire.peer();

            Upgrade upgrade = peer.takeUpgrade();
            assertThat(upgrade)
                    .isEqualTo(new Upgrade(
                            "/mqtt",
                            "token=abc",
                            "Bearer xyz",
                            "a=1; b=2",
                            "mqtt, bearer.jwt",
                            "https://good.example"));
            assertThat(String.valueOf(upgrade)).doesNotContain("xyz", "abc", "jwt");
            assertThat(peer.takeUpgrade()).isNull();
            assertThat(peer.transport()).isEqualTo(Transport.WS);
        }
    }

    @Test
    void forwardedForIsIgnoredFromAnybody() throws Exception {
        assertThat(peerOf(address, "X-Forwarded-For: 9.9.9.9").host()).isEqualTo("127.0.0.1");
    }

    @Test
    void forwardedForOfATrustedProxyNamesTheRightmostAddressThatIsNotOneOfTheProxies() throws Exception {
        InetSocketAddress behind = server.ws(
                ListenerOptions.PLAIN,
                Server.webSocket().withTrustedProxies(TrustedProxies.of(List.of("127.0.0.0/8", "10.1.0.0/16"))));

        assertThat(peerOf(behind, "X-Forwarded-For: 1.1.1.1, 9.9.9.9, 10.1.2.3").host())
                .isEqualTo("9.9.9.9");
        assertThat(peerOf(behind, "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2001:db8::1")
                        .host())
                .isEqualTo("2001:db8:0:0:0:0:0:1");
        assertThat(peerOf(behind, "X-Forwarded-For: 1.1.1.1, evil.example").host())
                .isEqualTo("127.0.0.1");
        assertThat(peerOf(behind, "X-Forwarded-For: 1.1.1.1, 10.2.0.1").host()).isEqualTo("10.2.0.1");
    }

    /** Azure appends the port, some put IPv6 into brackets: the proxy itself was taken for the client then, for all of them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "X-Forwarded-For: 9.9.9.9:4711|9.9.9.9",
                "X-Forwarded-For: 1.1.1.1:1, 9.9.9.9:65535 , 127.0.0.1:80|9.9.9.9",
                "X-Forwarded-For: [2001:db8::1]|2001:db8:0:0:0:0:0:1",
                "X-Forwarded-For: [2001:db8::1]:4711|2001:db8:0:0:0:0:0:1",
                "X-Forwarded-For: \"[2001:db8::1]:4711\"|2001:db8:0:0:0:0:0:1",
                "X-Forwarded-For: \"9.9.9.9\"|9.9.9.9",
                "X-Forwarded-For: 2001:DB8::1|2001:db8:0:0:0:0:0:1",
                "X-Forwarded-For: fe80::1%eth0|fe80:0:0:0:0:0:0:1",
                "X-Forwarded-For: ::ffff:9.9.9.9|9.9.9.9",
                "X-Forwarded-For: unknown|127.0.0.1",
                "X-Forwarded-For: 9.9.9.9, |9.9.9.9",
                "X-Forwarded-For: 9.9.9.9:port|127.0.0.1",
                "X-Forwarded-For: [2001:db8::1|127.0.0.1",
                "X-Forwarded-For: 9.9.9.9:1:2|127.0.0.1",
                "Forwarded: for=9.9.9.9|9.9.9.9",
                "Forwarded: For=\"9.9.9.9:4711\";proto=http|9.9.9.9",
                "Forwarded: by=1.1.1.1; for=\"[2001:db8::1]:4711\" ;host=\"a,b;c\"|2001:db8:0:0:0:0:0:1",
                "Forwarded: for=1.1.1.1, for=9.9.9.9, for=127.0.0.2|9.9.9.9",
                "Forwarded: for=1.1.1.1, for=_hidden|127.0.0.1",
                "Forwarded: for=1.1.1.1, proto=https|127.0.0.1"
            })
    void aTrustedProxyIsUnderstoodInEveryFormInWhichItNamesTheClient(String header, String client) throws Exception {
        InetSocketAddress behind = server.ws(
                ListenerOptions.PLAIN,
                Server.webSocket().withTrustedProxies(TrustedProxies.of(List.of("127.0.0.0/8"))));

        assertThat(peerOf(behind, header).host()).isEqualTo(client);
        assertThat(peerOf(address, header).host()).isEqualTo("127.0.0.1");
    }

    @Test
    void whoNamesTheHeaderOfItsProxyIsNotToldLiesByTheOther() throws Exception {
        String[] both = {"X-Forwarded-For: 9.9.9.9", "Forwarded: for=8.8.8.8"};

        assertThat(peerOf(behind(ForwardedHeader.AUTO), both).host()).isEqualTo("9.9.9.9");
        assertThat(peerOf(behind(ForwardedHeader.X_FORWARDED_FOR), both).host()).isEqualTo("9.9.9.9");
        assertThat(peerOf(behind(ForwardedHeader.FORWARDED), both).host()).isEqualTo("8.8.8.8");
        assertThat(peerOf(behind(ForwardedHeader.X_FORWARDED_FOR), both[1]).host())
                .isEqualTo("127.0.0.1");
        assertThat(peerOf(behind(ForwardedHeader.FORWARDED), both[0]).host()).isEqualTo("127.0.0.1");
    }

    private InetSocketAddress behind(ForwardedHeader header) throws Exception {
        return server.ws(
                ListenerOptions.PLAIN,
                Server.webSocket().withTrustedProxies(TrustedProxies.of(List.of("127.0.0.0/8"), header)));
    }

    /** A token that was too long for the headers closed the connection, and was counted as a handshake that never came. */
    @Test
    void headersThatAreTooLongAreAnsweredAsSuch() throws Exception {
        refused(
                431,
                "header_too_long",
                RawSocketClient.request("/mqtt", "Authorization: Bearer " + "y".repeat(20_000)));
        refused(
                431,
                "header_too_long",
                RawSocketClient.request("/mqtt", "Sec-WebSocket-Protocol: bearer." + "y".repeat(60_000)));
        assertThat(answer(RawSocketClient.request("/mqtt", "Authorization: Bearer " + "y".repeat(15_000))))
                .startsWith("HTTP/1.1 101");
    }

    @Test
    void aHealthCheckIsAnsweredByReadinessAndCountedAsNothing() throws Exception {
        AtomicBoolean ready = new AtomicBoolean();
        HealthPath health = new HealthPath("/healthz", () -> CompletableFuture.supplyAsync(ready::get));
        InetSocketAddress at =
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withHealth(health));
        server.refused.clear();
        for (boolean isReady : new boolean[] {false, true}) {
            ready.set(isReady);
            for (String request : List.of(
                    "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
                    "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /healthz HTTP/1.0\r\n\r\n",
                    "GET /healthz HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n")) {
                try (RawSocketClient client = new RawSocketClient(at)) {
                    client.send(request);

                    assertThat(client.status()).as(request).isEqualTo(isReady ? 200 : 503);
                    assertThat(client.isEnded()).isTrue();
                }
            }
        }
        assertThat(server.refused).isEmpty();
        assertThat(statusAt(at)).isEqualTo(101);
        try (RawSocketClient client = new RawSocketClient(at)) {
            client.send("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.status()).isEqualTo(404);
        }
    }

    @Test
    void tooManyOrTooLongHeadersEndTheConnection() throws Exception {
        String[] many = new String[300];
        for (int i = 0; i < many.length; i++) {
            many[i] = "X-" + i + ": y";
        }
        assertThat(isTurnedAway(RawSocketClient.request("/mqtt", many))).isTrue();
        assertThat(isTurnedAway(RawSocketClient.request("/mqtt", "X: " + "y".repeat(1 << 20))))
                .isTrue();
        assertThat(server.hasNone()).isTrue();
    }

    @Test
    void aRequestThatTricklesInIsCutOffWhenItsTimeIsOver() throws Exception {
        InetSocketAddress quick = server.ws(
                ListenerOptions.PLAIN,
                Server.webSocket().withTimes(Duration.ofSeconds(25), Duration.ofSeconds(25), Duration.ofMillis(300)));
        try (RawSocketClient silent = new RawSocketClient(quick);
                RawSocketClient slow = new RawSocketClient(quick)) {
            slow.send("GET /mqtt HTTP/1.1\r\n");

            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                try {
                    slow.send("X");
                    return false;
                } catch (SocketException closed) {
                    return true;
                }
            });
            assertThat(silent.isEnded()).isTrue();
        }
    }

    private boolean isTurnedAway(String request) throws IOException {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(request);
            return !client.head().startsWith("HTTP/1.1 101") && client.isEnded();
        } catch (SocketException reset) {
            return true;
        }
    }

    private Peer peerOf(InetSocketAddress listener, String... headers) throws Exception {
        try (RawSocketClient client = new RawSocketClient(listener)) {
            client.send(RawSocketClient.request("/mqtt", headers));
            assertThat(client.status()).isEqualTo(101);
            return server.next().wire.peer();
        }
    }

    private String answer(String request) throws IOException {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(request);
            return client.head();
        }
    }

    private void refused(int status, String reason, String request) throws IOException {
        server.refused.clear();
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(request);
            assertThat(client.head()).as(request).startsWith("HTTP/1.1 " + status + " ");
            // One line that says why, with nothing in it of what was sent.
            assertThat(client.rest()).as(request).matches("[ -~]{10,}\n").doesNotContain("evil");
        }
        assertThat(server.refused).containsExactly(reason);
    }
}
