// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import dev.holdfast.gateway.transport.tls.Certificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Client certificates as a second factor beside the token, over TLS and over secure WebSocket. */
final class MutualTlsTest {
    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static Certificates server;
    private static final Map<Shown, Certificates> CERTIFICATES = new EnumMap<>(Shown.class);
    private static final Map<String, InProcessGateway> GATEWAYS = new HashMap<>();

    private final List<Lab> labs = new ArrayList<>();

    /** What a client shows. */
    enum Shown {
        NOTHING,
        GOOD,
        OF_ANOTHER_AUTHORITY,
        SELF_SIGNED,
        EXPIRED
    }

    @BeforeAll
    static void start() throws Exception {
        desk = new TokenDesk(directory);
        server = Certificates.of("EC", "server.example");
        server.writeCertificate(directory.resolve("server.pem"));
        server.writeKey(directory.resolve("server.key"));
        Certificates authority = Certificates.authority("ours");
        authority.writeCertificate(directory.resolve("clients.pem"));
        CERTIFICATES.put(Shown.GOOD, authority.signs("phone", Duration.ofDays(1)));
        CERTIFICATES.put(Shown.EXPIRED, authority.signs("phone", Duration.ofMinutes(-1)));
        CERTIFICATES.put(
                Shown.OF_ANOTHER_AUTHORITY, Certificates.authority("ours").signs("phone", Duration.ofDays(1)));
        CERTIFICATES.put(Shown.SELF_SIGNED, Certificates.of("EC", "phone"));
        for (String mode : List.of("none", "optional", "required")) {
            List<String> settings = new ArrayList<>(desk.settings());
            settings.addAll(List.of(
                    "tls.certificate=" + directory.resolve("server.pem"),
                    "tls.key=" + directory.resolve("server.key"),
                    "tls.client-auth=" + mode,
                    "tls.client-ca=" + directory.resolve("clients.pem")));
            GATEWAYS.put(mode, InProcessGateway.start(settings));
        }
    }

    @AfterAll
    static void stop() {
        GATEWAYS.values().forEach(InProcessGateway::close);
    }

    @AfterEach
    void tidy() {
        labs.forEach(Lab::close);
    }

    @ParameterizedTest
    @CsvSource({
        "none, NOTHING, TCP",
        "none, NOTHING, WEBSOCKET",
        "none, GOOD, TCP",
        "none, OF_ANOTHER_AUTHORITY, TCP",
        "optional, NOTHING, TCP",
        "optional, NOTHING, WEBSOCKET",
        "optional, GOOD, TCP",
        "optional, GOOD, WEBSOCKET",
        "required, GOOD, TCP",
        "required, GOOD, WEBSOCKET",
    })
    void aClientIsServed(String mode, Shown shown, ClientTransport transport) throws Exception {
        RawClient client = open(mode, shown, transport);

        client.connected(labs.get(0).anonymous().password(desk.token("ann"))).expectAlive();
    }

    @ParameterizedTest
    @CsvSource({
        "optional, OF_ANOTHER_AUTHORITY, TCP",
        "optional, SELF_SIGNED, TCP",
        "optional, EXPIRED, WEBSOCKET",
        "required, NOTHING, TCP",
        "required, NOTHING, WEBSOCKET",
        "required, OF_ANOTHER_AUTHORITY, TCP",
        "required, OF_ANOTHER_AUTHORITY, WEBSOCKET",
        "required, SELF_SIGNED, TCP",
        "required, EXPIRED, TCP",
    })
    void aClientIsRefusedBeforeItsTokenIsLookedAt(String mode, Shown shown, ClientTransport transport) {
        assertThatThrownBy(() -> {
                    RawClient client = open(mode, shown, transport);
                    client.connected(labs.get(0).anonymous().password(desk.token("ann")));
                })
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOfAny(IOException.class, UncheckedIOException.class, AssertionError.class));
    }

    @ParameterizedTest
    @CsvSource({"optional", "required"})
    void aCertificateIsNoToken(String mode) throws Exception {
        for (String password : new String[] {"", "no token", desk.token("ann", Duration.ofSeconds(-1))}) {
            RawClient client = open(mode, Shown.GOOD, ClientTransport.TCP);

            client.send(labs.get(0).anonymous().password(password));

            client.expectRefused(4, 0x86);
        }
    }

    @Test
    void othersAreServedWhileHandshakesFail() throws Exception {
        RawClient other = open("required", Shown.GOOD, ClientTransport.TCP);
        other.connected(labs.get(0).anonymous().password(desk.token("ann")));

        for (int i = 0; i < 20; i++) {
            aClientIsRefusedBeforeItsTokenIsLookedAt("required", Shown.SELF_SIGNED, ClientTransport.TCP);
        }

        other.expectAlive();
    }

    private RawClient open(String mode, Shown shown, ClientTransport transport) throws Exception {
        InProcessGateway gateway = Objects.requireNonNull(GATEWAYS.get(mode));
        Lab lab = new Lab(gateway);
        labs.add(lab);
        int port = transport == ClientTransport.TCP ? gateway.tcpPort() : gateway.wsPort();
        TcpChannel channel = TcpChannel.over(handshaken(port, CERTIFICATES.get(shown)));
        if (transport == ClientTransport.TCP) {
            return lab.over(channel, Version.V5);
        }
        assertThat(OpeningHandshake.handshake().send(channel, port).status()).isEqualTo(101);
        return lab.over(new WebSocketChannel(channel), Version.V5);
    }

    private static SSLSocket handshaken(int port, @Nullable Certificates shown)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("server", server.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(shown == null ? null : shown.keyManagers(), trust.getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(8_000);
        socket.startHandshake();
        return socket;
    }
}
