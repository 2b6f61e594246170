// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.tls.Certificates;
import dev.holdfast.gateway.transport.tls.TlsContext;
import dev.holdfast.gateway.transport.tls.TlsSettings;
import dev.holdfast.gateway.transport.ws.TrustedProxies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Connections are counted by their address from accept on. They were from CONNECT on, so that who never sent one had as many
 * as he liked.
 */
final class PerAddressTest {
    /** More than this many stay closed: one place, and those that come in to be told. */
    private static final int MOST_OPEN = 1 + 8;

    private static final int CROWD = 3 * MOST_OPEN;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ELSEWHERE = "127.0.0.9";

    private final Server server = Server.silent(Server.QUICK.withMaxPerAddress(1));
    private final List<AutoCloseable> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        server.close();
    }

    private RawSocketClient from(String host, InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
        RawSocketClient client = new RawSocketClient(socket, address);
        opened.add(client);
        return client;
    }

    /** Many connections that say no more than this: each beyond those that may stay is closed, or has one of them closed. */
    private void expectFewStay(InetSocketAddress address, String first) throws Exception {
        for (int i = 0; i < CROWD; i++) {
            try {
                from("127.0.0.1", address).send(first);
            } catch (SocketException closedAlready) {
                assertThat(closedByNumber()).isPositive();
            }
        }

        await().atMost(PATIENCE).until(() -> closedByNumber() >= CROWD - MOST_OPEN);
    }

    private long closedByNumber() {
        return server.refused.stream()
                .filter(each -> each.equals("max_connections_per_address") || each.equals("unfinished_connect"))
                .count();
    }

    @Test
    void socketsThatSayNothingAreCountedOverTcp() throws Exception {
        InetSocketAddress address = server.tcp();
        expectFewStay(address, "");

        RawSocketClient other = from(ELSEWHERE, address);
        other.send("hi");

        await().atMost(PATIENCE).until(() -> isServed("hi"));
    }

    private boolean isServed(String text) throws InterruptedException {
        return !server.hasNone() && new String(server.next().received(), US_ASCII).equals(text);
    }

    @Test
    void socketsThatNeverBeginTheirHandshakeAreCountedOverTls() throws Exception {
        Path certificate = directory.resolve("cert.pem");
        Path key = directory.resolve("key.pem");
        Certificates certificates = Certificates.of("EC", "localhost");
        certificates.writeCertificate(certificate);
        certificates.writeKey(key);
        try (TlsContext tls = TlsContext.open(new TlsSettings(
                TlsSettings.Provider.AUTO,
                TlsSettings.Form.PEM,
                certificate,
                key,
                null,
                false,
                TlsSettings.ClientAuth.NONE,
                null,
                false,
                Duration.ofMinutes(1)))) {
            expectFewStay(server.tcp(new ListenerOptions(false, tls)), "");
        }
    }

    @Test
    void socketsThatNeverAskForAnUpgradeAreCountedOverWebSocket() throws Exception {
        InetSocketAddress address = server.ws();
        expectFewStay(address, "GET /mq");

        from(ELSEWHERE, address).upgrade();
    }

    @Test
    void whatTheProxyHeaderTellsIsCountedAndNeverTheProxy() throws Exception {
        InetSocketAddress address = server.tcp(new ListenerOptions(true, null));
        for (int i = 0; i < CROWD; i++) {
            from("127.0.0.1", address).send("PROXY UNKNOWN\r\n");
            from("127.0.0.1", address).send("PROXY TCP4 192.0.2." + i + " 198.51.100.1 56324 1883\r\n");
            server.next();
            server.next();
        }
        assertThat(closedByNumber()).isZero();

        expectFewStay(address, "PROXY TCP4 192.0.2.200 198.51.100.1 56324 1883\r\n");
    }

    @Test
    void whatATrustedProxyForwardsIsCountedAndNeverTheProxy() throws Exception {
        InetSocketAddress address = server.ws(
                ListenerOptions.PLAIN, Server.webSocket().withTrustedProxies(TrustedProxies.of(List.of("127.0.0.1"))));
        for (int i = 0; i < CROWD; i++) {
            from("127.0.0.1", address).upgrade();
            assertThat(forwarded(address, "192.0.2." + i)).isEqualTo(101);
        }
        assertThat(closedByNumber()).isZero();

        for (int i = 0; i < CROWD; i++) {
            assertThat(forwarded(address, "198.51.100.7")).isIn(101, 429);
        }

        await().atMost(PATIENCE).until(() -> closedByNumber() >= CROWD - MOST_OPEN);
    }

    private int forwarded(InetSocketAddress address, String client) throws IOException {
        RawSocketClient proxied = from("127.0.0.1", address);
        proxied.send(RawSocketClient.request("/mqtt", "X-Forwarded-For: " + client));
        return proxied.status();
    }

    @Test
    void aPlaceIsFreeWhenItsConnectionHasGone() throws Exception {
        InetSocketAddress address = server.tcp();
        for (int round = 0; round < CROWD; round++) {
            try (RawSocketClient client = from("127.0.0.1", address)) {
                client.send("x");
            }
            server.next().closed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(closedByNumber()).isZero();
    }
}
