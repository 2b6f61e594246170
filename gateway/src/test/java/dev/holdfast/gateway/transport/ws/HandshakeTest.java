// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.Transport;
import dev.holdfast.gateway.transport.Upgrade;
import dev.holdfast.gateway.transport.listen.Client;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
        try (Client client = new Client(address)) {
            client.send(Client.request("/mqtt"));

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
        assertThat(answer(Client.request("/mqtt", "Sec-WebSocket-Protocol: bearer.abc, mqttv3.1, mqtt")))
                .startsWith("HTTP/1.1 101")
                .contains("Sec-WebSocket-Protocol: mqttv3.1\r\n");
        assertThat(answer(Client.request("/mqtt", "Sec-WebSocket-Protocol: x,mqtt,mqttv3.1")))
                .contains("Sec-WebSocket-Protocol: mqtt\r\n");
    }

    @Test
    void upgradeAndConnectionMayBeInAnyCaseAloneOrInAList() throws Exception {
        for (String connection : List.of("Upgrade", "upgrade", "UPGRADE,keep-alive", "keep-alive , Upgrade")) {
            for (String upgrade : List.of("websocket", "WebSocket", "h2c, WEBSOCKET")) {
                assertThat(answer(Client.request("/mqtt", "Connection: " + connection, "Upgrade: " + upgrade)))
                        .as(connection + " to " + upgrade)
                        .startsWith("HTTP/1.1 101");
            }
        }
        refused(426, "not-an-upgrade", Client.request("/mqtt", "Connection: keep-alive, Upgrades"));
        refused(426, "not-an-upgrade", Client.request("/mqtt", "Upgrade: websockets"));
    }

    @Test
    void withoutASubprotocolThatFitsTheAnswerIs400() throws Exception {
        refused(400, "subprotocol", Client.request("/mqtt", "Sec-WebSocket-Protocol:"));
        refused(400, "subprotocol", Client.request("/mqtt", "Sec-WebSocket-Protocol: chat"));
        refused(400, "subprotocol", Client.request("/mqtt", "Sec-WebSocket-Protocol: MQTT"));
        refused(400, "subprotocol", Client.request("/mqtt", "Sec-WebSocket-Protocol: mqttx"));
    }

    @Test
    void anotherPathIs404() throws Exception {
        for (String path : List.of("/", "//mqtt", "/mqtt/", "/%6dqtt", "/%2fmqtt", "%2fmqtt", "/MQTT", "/x/../mqtt")) {
            try (Client client = new Client(address)) {
                client.send(Client.request(path));

                assertThat(client.head()).as(path).matches("(?s)HTTP/1.1 40[04] .*");
            }
        }
        assertThat(server.hasNone()).isTrue();
    }

    @Test
    void anotherVersionIs426AndTheAnswerNamesOurs() throws Exception {
        for (String version : List.of("8", "7", "0", "14", "x")) {
            assertThat(answer(Client.request("/mqtt", "Sec-WebSocket-Version: " + version)))
                    .startsWith("HTTP/1.1 426 ")
                    .contains("Sec-WebSocket-Version: 13\r\n");
        }
        refused(426, "version", Client.request("/mqtt", "Sec-WebSocket-Version:"));
    }

    @Test
    void aPlainGetIs426() throws Exception {
        refused(426, "not-an-upgrade", Client.request("/mqtt", "Upgrade:"));
        refused(426, "not-an-upgrade", Client.request("/mqtt", "Connection: close"));
        refused(426, "not-an-upgrade", Client.request("/mqtt", "Upgrade: h2c"));
    }

    @Test
    void anotherMethodIs405() throws Exception {
        refused(405, "method", Client.request("/mqtt").replaceFirst("GET", "POST"));
    }

    @Test
    void aKeyThatIsNot16BytesIs400() throws Exception {
        for (String key : List.of("", " c2hvcnQ=", " !!!!!!!!!!!!!!!!!!!!!!==", " dGhlIHNhbXBsZSBub25jZQxx")) {
            refused(400, "key", Client.request("/mqtt", "Sec-WebSocket-Key:" + key));
        }
    }

    @Test
    void aBodyWithAnUpgradeIsRefused() throws Exception {
        refused(400, "body", Client.request("/mqtt", "Content-Length: 5") + "GET /");
        assertThat(isTurnedAway(Client.request("/mqtt", "Transfer-Encoding: chunked") + "0\r\n\r\n"))
                .isTrue();
        assertThat(server.hasNone()).isTrue();
    }

    @Test
    void aRefusedConnectionIsClosedSoThatNothingFollowsTheRefusal() throws Exception {
        try (Client client = new Client(address)) {
            client.send(Client.request("/no") + Client.request("/mqtt"));

            assertThat(client.status()).isEqualTo(404);
            assertThat(client.isEnded()).isTrue();
            assertThat(server.hasNone()).isTrue();
        }
    }

    @Test
    void aRequestWithoutAnOriginIsNotFromABrowserAndMayConnect() throws Exception {
        assertThat(answer(Client.request("/mqtt"))).startsWith("HTTP/1.1 101");
    }

    @Test
    void anOriginOfTheListMayConnect() throws Exception {
        assertThat(answer(Client.request("/mqtt", "Origin: https://good.example")))
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
            refused(403, "origin", Client.request("/mqtt", "Origin: " + origin));
        }
        refused(403, "origin", Client.request("/mqtt", "Origin: https://good.example", "Origin: https://evil.com"));
    }

    @Test
    void inDevelopmentAnyOriginMayConnect() throws Exception {
        InetSocketAddress open =
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withOrigins(Origins.ANY));
        try (Client client = new Client(open)) {
            client.send(Client.request("/mqtt", "Origin: null"));

            assertThat(client.status()).isEqualTo(101);
        }
    }

    @Test
    void anOriginListRefusesWhatIsNotAnOrigin() {
        for (String wrong : List.of("null", "*", "good.example", "https://good.example/", "https://a b")) {
            assertThatThrownBy(() -> Origins.of(List.of(wrong))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theUpgradeRequestIsKeptForAuthenticationUntilItIsTaken() throws Exception {
        try (Client client = new Client(address)) {
            client.send(Client.request(
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

    @Test
    void tooManyOrTooLongHeadersEndTheConnection() throws Exception {
        String[] many = new String[300];
        for (int i = 0; i < many.length; i++) {
            many[i] = "X-" + i + ": y";
        }
        assertThat(isTurnedAway(Client.request("/mqtt", many))).isTrue();
        assertThat(isTurnedAway(Client.request("/mqtt", "X: " + "y".repeat(1 << 20))))
                .isTrue();
        assertThat(server.hasNone()).isTrue();
    }

    @Test
    void aRequestThatTricklesInIsCutOffWhenItsTimeIsOver() throws Exception {
        InetSocketAddress quick = server.ws(
                ListenerOptions.PLAIN,
                Server.webSocket().withTimes(Duration.ofSeconds(25), Duration.ofSeconds(25), Duration.ofMillis(300)));
        try (Client silent = new Client(quick);
                Client slow = new Client(quick)) {
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
        try (Client client = new Client(address)) {
            client.send(request);
            return !client.head().startsWith("HTTP/1.1 101") && client.isEnded();
        } catch (SocketException reset) {
            return true;
        }
    }

    private Peer peerOf(InetSocketAddress listener, String... headers) throws Exception {
        try (Client client = new Client(listener)) {
            client.send(Client.request("/mqtt", headers));
            assertThat(client.status()).isEqualTo(101);
            return server.next().wire.peer();
        }
    }

    private String answer(String request) throws IOException {
        try (Client client = new Client(address)) {
            client.send(request);
            return client.head();
        }
    }

    private void refused(int status, String reason, String request) throws IOException {
        server.refused.clear();
        assertThat(answer(request)).as(request).startsWith("HTTP/1.1 " + status + " ");
        assertThat(server.refused).containsExactly(reason);
    }
}
