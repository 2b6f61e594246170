// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.edge;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Hex;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import dev.holdfast.gateway.transport.tls.Certificates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT over TLS and secure WebSocket, with a certificate as PEM and as PKCS#12, by each engine. */
@ParameterizedClass
@ValueSource(strings = {"native", "jdk"})
final class EncryptedTest {
    private static final String UNUSABLE = "mqtt_gateway_tls_files_unusable";
    private static final String VIOLATIONS = "mqtt_gateway_rate_limited_total{kind=\"tls_violation\"}";

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // like the next two, made before the tests of each engine
    private static Certificates first;

    @SuppressWarnings("NullAway.Init")
    private static GatewayProcess withPem;

    @SuppressWarnings("NullAway.Init")
    private static GatewayProcess withKeyStore;

    @SuppressWarnings("NullAway.Init")
    @Parameter
    private String provider;

    @BeforeParameterizedClassInvocation
    static void start(String provider) throws Exception {
        first = Certificates.of("EC", "first.example");
        first.writeCertificate(directory.resolve("server.pem"));
        first.writeKey(directory.resolve("server.key"));
        first.writePkcs12(directory.resolve("server.p12"), "a password");
        Files.writeString(directory.resolve("password"), "a password\n");
        Files.setPosixFilePermissions(directory.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(directory.resolve("server.p12"), PosixFilePermissions.fromString("rw-r-----"));
        withPem = GatewayProcess.start(
                List.of(
                        "tls.provider=" + provider,
                        "tls.certificate=" + directory.resolve("server.pem"),
                        "tls.key=" + directory.resolve("server.key")),
                List.of());
        withKeyStore = GatewayProcess.start(
                List.of(
                        "tls.provider=" + provider,
                        "tls.keystore=" + directory.resolve("server.p12"),
                        "tls.keystore-password-file=" + directory.resolve("password")),
                List.of());
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        withPem.close();
        withKeyStore.close();
    }

    /** Where the certificate comes from. */
    enum Source {
        PEM,
        PKCS12;

        GatewayProcess gateway() {
            return this == PEM ? withPem : withKeyStore;
        }
    }

    @ParameterizedTest
    @EnumSource
    void readyLineNamesTheSecureSchemes(Source source) {
        assertThat(source.gateway().ready())
                .startsWith("ready mqtts://127.0.0.1:")
                .contains(" wss://127.0.0.1:", "/mqtt admin http://127.0.0.1:");
    }

    @Test
    void theLogSaysWhoseEngineSpeaksTls() {
        assertThat(withPem.hasLogged(provider.equals("jdk") ? "TLS by the JDK (tls.provider)" : "TLS by BoringSSL"))
                .isTrue();
    }

    @Test
    void aKeyThatEveryUserOfTheMachineMayReadIsToldOf() {
        assertThat(withPem.hasLogged("WARN", "server.key holds a private key and may be read by every user"))
                .isTrue();
        assertThat(withKeyStore.hasLogged("may be read by every user")).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfEverySizePassBetweenTlsAndSecureWebSocket(Source source) throws Exception {
        try (Lab lab = new Lab(source.gateway())) {
            RawClient overTls = encrypted(lab, ClientTransport.TCP, first.certificate());
            RawClient overWss = encrypted(lab, ClientTransport.WEBSOCKET, first.certificate());
            overTls.subscribed(lab.topic("to-tls"), 1);
            overWss.subscribed(lab.topic("to-wss"), 1);

            for (int size : new int[] {1, 1_000, 16_384, 16_385, 200_000}) {
                String text = "x".repeat(size);
                overTls.published(publish(lab.topic("to-wss"), text).qos(1), 1);
                assertThat(overWss.take().text()).isEqualTo(text);
                overWss.published(publish(lab.topic("to-tls"), text).qos(1), 1);
                assertThat(overTls.take().text()).isEqualTo(text);
            }

            overTls.expectAlive().disconnect();
            overWss.expectAlive().disconnect();
        }
    }

    @Test
    void clientThatSpeaksPlainMqttIsClosedAndOthersGoOn() throws Exception {
        try (Lab lab = new Lab(withPem)) {
            RawClient other = encrypted(lab, ClientTransport.TCP, first.certificate());
            RawClient plain = lab.over(TcpChannel.open(withPem.tcpPort()), Version.V3_1_1);

            plain.trySend(lab.anonymous());

            await().atMost(Duration.ofSeconds(5)).until(() -> !plain.trySend(Packets.PINGREQ));
            other.expectAlive();
        }
    }

    @Test
    void floodOfHandshakesThatGoNowhereLeavesOthersServed() throws Exception { // TLS handshake flood
        byte[] startOfClientHello = Hex.parse("16 03 01 02 00 01 00 01 fc 03 03");
        List<String> settings = List.of(
                "tls.provider=" + provider,
                "tls.certificate=" + directory.resolve("server.pem"),
                "tls.key=" + directory.resolve("server.key"),
                "limits.connect-timeout=1s",
                "websocket.handshake-timeout=1s");
        try (GatewayProcess gateway = GatewayProcess.start(settings, List.of());
                Lab lab = new Lab(gateway)) {
            RawClient other = encrypted(lab, ClientTransport.TCP, first.certificate());
            List<TcpChannel> flood = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                for (int port : new int[] {gateway.tcpPort(), gateway.wsPort()}) {
                    TcpChannel channel = TcpChannel.open(port);
                    flood.add(channel);
                    channel.write(Arrays.copyOf(startOfClientHello, i % startOfClientHello.length));
                }
            }

            other.expectAlive();
            encrypted(lab, ClientTransport.TCP, first.certificate()).expectAlive();
            encrypted(lab, ClientTransport.WEBSOCKET, first.certificate()).expectAlive();
            for (TcpChannel channel : flood) {
                int count = channel.read(new byte[100], 8_000);
                while (count >= 0) { // an alert, in which nobody is interested
                    count = channel.read(new byte[100], 8_000);
                }
                channel.close();
            }
            other.expectAlive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoOnlyShakesHandsIsHeldByTheRateOfConnects(ClientTransport transport) throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(
                        List.of(
                                "tls.provider=" + provider,
                                "tls.certificate=" + directory.resolve("server.pem"),
                                "tls.key=" + directory.resolve("server.key"),
                                "limits.connect-rate-per-address=1/h burst 3"),
                        List.of());
                Lab lab = new Lab(gateway)) {
            RawClient other = encrypted(lab, transport, first.certificate());
            encrypted(lab, transport, first.certificate()).expectAlive(); // counted once, not twice
            handshaken(port(gateway, transport), first.certificate()).close();

            assertThatThrownBy(() -> handshaken(port(gateway, transport), first.certificate()))
                    .isInstanceOf(IOException.class);

            assertThat(gateway.metric("mqtt_gateway_rate_limited_total{kind=\"tls_rate_per_address\"}"))
                    .isEqualTo(1);
            other.expectAlive();
        }
    }

    /** What the client says last of the handshake and its CONNECT are read at once: nothing more comes that would make the socket ready. */
    @Test
    void endOfTheHandshakeAndConnectInOneWriteAreBothTaken() throws Exception {
        SSLContext context = trusting(first.certificate());
        try (Lab lab = new Lab(withPem);
                HoldingSocket below = new HoldingSocket(withPem.tcpPort());
                SSLSocket socket = (SSLSocket)
                        context.getSocketFactory().createSocket(below, "localhost", withPem.tcpPort(), true)) {
            socket.setSoTimeout(8_000);
            socket.startHandshake(); // of TLS 1.3: after the hello nothing of ours has to arrive before it is over
            // for us
            assertThat(below.held()).isPositive();
            RawClient client = lab.over(TcpChannel.over(socket), Version.V5);

            client.send(lab.anonymous());
            below.release();

            client.expect(PacketType.CONNACK);
        }
    }

    /** A socket that sends the first thing that is written to it, and keeps the rest until it is told to send it in one piece. */
    private static final class HoldingSocket extends Socket {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean hasBegun;
        private boolean isReleased;

        HoldingSocket(int port) throws IOException {
            super(InetAddress.getLoopbackAddress(), port);
        }

        int held() {
            return kept.size();
        }

        void release() throws IOException {
            isReleased = true;
            super.getOutputStream().write(kept.toByteArray());
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            OutputStream wire = super.getOutputStream();
            return new OutputStream() {
                @Override
                public void write(int single) throws IOException {
                    write(new byte[] {(byte) single}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    if (hasBegun && !isReleased) {
                        kept.write(bytes, offset, length);
                    } else {
                        hasBegun = true;
                        wire.write(bytes, offset, length);
                    }
                }
            };
        }
    }

    @Test
    void clientMayNotStartTheHandshakeAgain() throws Exception { // TLS renegotiation
        try (Lab lab = new Lab(withPem);
                SSLSocket socket = handshaken(withPem.tcpPort(), first.certificate(), "TLSv1.2")) {
            RawClient client = lab.over(TcpChannel.over(socket), Version.V5).connected(lab.anonymous());
            double before = withPem.metric(VIOLATIONS);

            socket.startHandshake();

            assertThat(client.trySend(Packets.PINGREQ) && client.next() != null).isFalse();
            await().untilAsserted(() -> assertThat(withPem.metric(VIOLATIONS)).isGreaterThan(before));
            encrypted(lab, ClientTransport.TCP, first.certificate()).expectAlive();
        }
    }

    @Test
    void filesThatBreakAreToldByAMetricWhileTheOldCertificateServesAndANewOneIsUsedWithoutARestart() throws Exception {
        Certificates old = Certificates.of("EC", "old.example");
        Certificates renewed = Certificates.of("EC", "renewed.example");
        Path certificate = directory.resolve("renewed.pem");
        Path key = directory.resolve("renewed.key");
        old.writeCertificate(certificate);
        old.writeKey(key);
        try (GatewayProcess gateway = GatewayProcess.start(
                        List.of("tls.provider=" + provider, "tls.certificate=" + certificate, "tls.key=" + key),
                        List.of());
                Lab lab = new Lab(gateway)) {
            RawClient before = encrypted(lab, ClientTransport.TCP, old.certificate());
            assertThat(gateway.metric(UNUSABLE)).isZero();

            Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n");

            await().atMost(Duration.ofSeconds(12)).until(() -> gateway.metric(UNUSABLE) == 1);
            assertThat(gateway.metric("mqtt_gateway_tls_reload_failures_total")).isPositive();
            assertThat(gateway.hasLogged("WARN", "renewed.pem has changed and cannot be used, the old one stays"))
                    .isTrue();
            encrypted(lab, ClientTransport.TCP, old.certificate()).expectAlive();
            encrypted(lab, ClientTransport.WEBSOCKET, old.certificate()).expectAlive();

            renewed.writeKey(key);
            renewed.writeCertificate(certificate);

            await().pollInterval(Duration.ofMillis(200))
                    .atMost(Duration.ofSeconds(12))
                    .until(() -> isServed(gateway.tcpPort(), renewed.certificate()));
            await().until(() -> gateway.metric(UNUSABLE) == 0);
            encrypted(lab, ClientTransport.TCP, renewed.certificate()).expectAlive();
            encrypted(lab, ClientTransport.WEBSOCKET, renewed.certificate()).expectAlive();
            before.expectAlive();
        }
    }

    private static RawClient encrypted(Lab lab, ClientTransport transport, X509Certificate trusted) throws Exception {
        boolean tcp = transport == ClientTransport.TCP;
        int port = port(lab.gateway(), transport);
        TcpChannel channel = TcpChannel.over(handshaken(port, trusted));
        if (tcp) {
            return lab.over(channel, Version.V5).connected(lab.anonymous());
        }
        assertThat(OpeningHandshake.handshake().send(channel, port).status()).isEqualTo(101);
        return lab.over(new WebSocketChannel(channel), Version.V5).connected(lab.anonymous());
    }

    private static int port(TestGateway gateway, ClientTransport transport) {
        return transport == ClientTransport.TCP ? gateway.tcpPort() : gateway.wsPort();
    }

    private static boolean isServed(int port, X509Certificate trusted) throws IOException, GeneralSecurityException {
        try (SSLSocket socket = handshaken(port, trusted)) {
            return socket.isConnected();
        } catch (SSLException anotherOne) {
            return false;
        }
    }

    private static SSLContext trusting(X509Certificate trusted) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("server", trusted);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** A connection on which the gateway has shown exactly this certificate. */
    private static SSLSocket handshaken(int port, X509Certificate trusted, String... protocols)
            throws IOException, GeneralSecurityException {
        SSLSocket socket =
                (SSLSocket) trusting(trusted).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(8_000);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        socket.startHandshake();
        return socket;
    }
}
