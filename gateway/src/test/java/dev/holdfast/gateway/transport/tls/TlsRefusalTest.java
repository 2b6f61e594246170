// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import dev.holdfast.gateway.transport.socket.IoLoop;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may go wrong in a TLS handshake, or is done to it, and the name under which it is counted; by each engine. */
@ParameterizedClass
@EnumSource(
        value = TlsSettings.Provider.class,
        names = {"NATIVE", "JDK"})
class TlsRefusalTest {
    /** A handshake record with a ClientHello that has another 507 bytes. */
    private static final byte[] BEGUN = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};

    @SuppressWarnings("NullAway.Init")
    @Parameter
    private TlsSettings.Provider provider;

    @TempDir
    private Path directory;

    private Server server = Server.echoing();

    @SuppressWarnings("NullAway.Init")
    private Certificates certificates;

    @BeforeEach
    void write() throws Exception {
        certificates = Certificates.of("EC", "one");
        certificates.writeKey(directory.resolve("key.pem"));
        certificates.writeCertificate(directory.resolve("cert.pem"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aHandshakeThatComesByteByByteIsServed(String version) throws Exception {
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            SSLSocket socket = over(new SlowlyWriting(address), address);
            socket.setEnabledProtocols(new String[] {version});
            try (RawSocketClient client = new RawSocketClient(socket, address)) {
                client.send("hi");

                assertThat(client.read(2)).asString(US_ASCII).isEqualTo("hi");
            }
            assertThat(server.refused).isEmpty();
        }
    }

    @Test
    void aHandshakeThatIsBegunAndNotFinishedIsClosed() throws Exception {
        try (TlsContext tls = open()) {
            for (int length = 1; length <= BEGUN.length; length += 5) {
                try (RawSocketClient client = new RawSocketClient(server.tcp(new ListenerOptions(false, tls)))) {
                    client.send(Arrays.copyOf(BEGUN, length));

                    assertThat(client.isEnded()).isTrue();
                }
            }
            assertThat(server.refused).containsExactly("tls_unfinished", "tls_unfinished", "tls_unfinished");
            assertThat(server.hasNone()).as("no wire was made for them").isTrue();
        }
    }

    @Test
    void whoSaysNothingIsClosedAndWhoGoesWithoutAWordIsAHealthCheck() throws Exception {
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            new RawSocketClient(address).hangUp();
            try (RawSocketClient client = new RawSocketClient(address)) {
                assertThat(client.isEnded()).isTrue();
            }
            assertThat(server.refused).containsExactly("tls_unfinished");
        }
    }

    @Test
    void whoGoesInTheMiddleOfAHandshakeIsCounted() throws Exception {
        byte[] hello = hello();
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            try (RawSocketClient client = new RawSocketClient(address)) {
                client.send(Arrays.copyOf(hello, hello.length - 1));
            }
            awaitRefused("tls_unfinished");
            server.refused.clear();
            try (RawSocketClient client = new RawSocketClient(address)) {
                client.send(hello);
                assertThat(client.read(1)).as("the record of a ServerHello").containsExactly(22);
            }
            awaitRefused("tls_unfinished");
        }
    }

    @Test
    void aHelloThatIsTooLargeIsRefusedByItsLengthAlone() throws Exception {
        byte[] record = {22, 3, 1, 0x40, 1};
        byte[] hello = {22, 3, 1, 0x40, 0, 1, 0, 0x40, 1};
        try (TlsContext tls = open()) {
            for (byte[] start : List.of(record, hello)) {
                server.refused.clear();
                try (RawSocketClient client = new RawSocketClient(server.tcp(new ListenerOptions(false, tls)))) {
                    client.send(start);

                    assertThat(client.isEnded()).isTrue();
                }
                assertThat(server.refused).containsExactly("tls_too_large");
            }
        }
    }

    @Test
    void whatIsNoTlsIsRefusedAtItsFirstByte() throws Exception {
        try (TlsContext tls = open()) {
            for (String start : List.of(
                    "\u0010", "GET / HTTP/1.1\r\n\r\n", "\u0016\u0002", "\u0016\u0003\u0001\u0002\u0000\u0002")) {
                server.refused.clear();
                try (RawSocketClient client = new RawSocketClient(server.tcp(new ListenerOptions(false, tls)))) {
                    client.send(start);

                    assertThat(client.isEnded()).isTrue();
                }
                assertThat(server.refused).containsExactly("tls_none");
            }
        }
    }

    @Test
    void aHelloThatIsNoneIsRefused() throws Exception {
        byte[] hello = hello();
        Arrays.fill(hello, 60, hello.length, (byte) 0xFF);
        try (TlsContext tls = open();
                RawSocketClient client = new RawSocketClient(server.tcp(new ListenerOptions(false, tls)))) {
            client.send(hello);

            assertThat(client.isEnded()).isTrue();
            awaitRefused("tls_failed");
        }
    }

    @Test
    void aClientThatSpeaksOldVersionsOnlyIsRefused() throws Exception {
        try (TlsContext tls = open();
                SSLSocket socket = over(connected(server.tcp(new ListenerOptions(false, tls))), null)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {"TLS_RSA_WITH_AES_128_CBC_SHA"});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
            awaitRefused("tls_failed");
        }
    }

    @Test
    void aClientThatAsksForAnotherNameIsShownTheCertificateThatThereIs() throws Exception {
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            SSLSocket socket = over(connected(address), null);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("another.example")));
            socket.setSSLParameters(parameters);
            try (RawSocketClient client = new RawSocketClient(socket, address)) {
                client.send("hi");

                assertThat(client.read(2)).asString(US_ASCII).isEqualTo("hi");
                assertThat(socket.getSession().getPeerCertificates()).containsExactly(certificates.certificate());
            }
            assertThat(server.refused).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientThatDoesNotBelieveTheCertificateIsCountedByItsAlert(String version) throws Exception {
        SSLContext suspicious = SSLContext.getInstance("TLS");
        suspicious.init(null, null, null);
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            try (SSLSocket socket =
                    (SSLSocket) suspicious.getSocketFactory().createSocket(address.getAddress(), address.getPort())) {
                socket.setEnabledProtocols(new String[] {version});
                assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
            }
            awaitRefused("tls_alert");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientWithoutItsCertificateOrWithABadOneIsRefused(String version) throws Exception {
        Certificates authority = Certificates.authority("ours");
        authority.writeCertificate(directory.resolve("clients.pem"));
        List<Certificates> shown = Arrays.asList(
                null,
                Certificates.authority("theirs").signs("phone", Duration.ofDays(1)),
                authority.signs("phone", Duration.ofMinutes(-1)));
        try (TlsContext tls = open(TlsSettings.ClientAuth.NEED)) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            for (@Nullable Certificates each : shown) {
                server.refused.clear();
                SSLContext context = context(each == null ? null : each.keyManagers());
                try (SSLSocket socket =
                        (SSLSocket) context.getSocketFactory().createSocket(address.getAddress(), address.getPort())) {
                    socket.setEnabledProtocols(new String[] {version});
                    assertThatThrownBy(() -> {
                                socket.startHandshake();
                                socket.getOutputStream().write(1);
                                socket.getInputStream().read();
                                throw new IOException("ended in order");
                            })
                            .isInstanceOf(IOException.class);
                }
                awaitRefused("tls_client_certificate");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void whoComesAndGoesInOrderOrWithoutAWordIsCountedAsNoFault(String version) throws Exception {
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            for (boolean inOrder : new boolean[] {true, false}) {
                Socket plain = connected(address);
                SSLSocket socket = over(plain, null);
                socket.setEnabledProtocols(new String[] {version});
                socket.getOutputStream().write('a');
                assertThat(socket.getInputStream().read()).isEqualTo('a');

                if (inOrder) {
                    socket.close();
                }
                plain.close();

                assertThat(server.next().closed).succeedsWithin(Duration.ofSeconds(5));
            }
            assertThat(server.refused).isEmpty();
        }
    }

    @Test
    void aRecordThatIsNoneEndsAnOpenConnection() throws Exception {
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            Socket plain = connected(address);
            try (SSLSocket socket = over(plain, null)) {
                socket.getOutputStream().write('a');
                assertThat(socket.getInputStream().read()).isEqualTo('a');

                plain.getOutputStream()
                        .write(new byte[] {23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
                        });

                awaitRefused("tls_violation");
            }
        }
    }

    @Test
    void whoShakesHandsTooOftenIsClosedBeforeItCostsAnything() throws Exception {
        server.close();
        server = Server.echoing(Server.QUICK.withConnectRates(
                new ConnectRates(Rate.parse("1/h burst 2"), Rate.OFF, Duration.ofSeconds(1))));
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            for (int i = 0; i < 2; i++) {
                over(connected(address), null).startHandshake();
            }
            try (RawSocketClient third = new RawSocketClient(address)) {
                third.send(hello());

                assertThat(third.isEnded()).isTrue();
            }
            assertThat(server.refused).contains("tls_rate_per_address");
        }
    }

    @Test
    void whoShakesHandsALittleTooFastWaitsForTheTurn() throws Exception {
        server.close();
        server = Server.echoing(Server.QUICK.withConnectRates(
                new ConnectRates(Rate.OFF, Rate.parse("30/min burst 1"), Duration.ofSeconds(5))));
        byte[] hello = hello();
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            try (RawSocketClient first = new RawSocketClient(address);
                    RawSocketClient second = new RawSocketClient(address)) {
                first.send(hello);
                second.send(hello);

                assertThat(first.read(1)).containsExactly(22);
                assertThat(second.read(1)).containsExactly(22);
            }
            assertThat(server.refused).startsWith("tls_rate");
        }
    }

    /**
     * A flood of handshakes is done step by step: what others have to do on the same I/O thread comes in between. The floods before the last one have
     * the code compiled: steps that take a millisecond each come one by one in any case.
     */
    @Test
    void handshakesThatComeTogetherLetOthersInBetween() throws Exception {
        server.close();
        server = Server.echoing(Server.QUICK.withIoThreads(1));
        try (TlsContext tls = open()) {
            InetSocketAddress address = server.tcp(new ListenerOptions(false, tls));
            for (int flood = 0; flood < 9; flood++) {
                slicesBetween(address, 100);
            }

            assertThat(slicesBetween(address, 100))
                    .as("slices of other work while 100 handshakes began")
                    .isGreaterThan(60);
        }
    }

    private int slicesBetween(InetSocketAddress address, int size) throws Exception {
        byte[] hello = hello();
        List<RawSocketClient> flood = new ArrayList<>();
        try {
            IoLoop loop = server.listeners.loops().get(0);
            CountDownLatch allHaveSent = new CountDownLatch(1);
            for (int i = 0; i < size; i++) {
                flood.add(new RawSocketClient(address));
            }
            int opened = server.opened() + size;
            CompletableFuture<Integer> between = new CompletableFuture<>();
            loop.execute(() -> {
                await().until(() -> allHaveSent.getCount() == 0);
                int[] slices = {0};
                loop.gradually(between, () -> {
                    slices[0]++;
                    boolean isOver = server.opened() == opened;
                    if (isOver) {
                        between.complete(slices[0]);
                    }
                    return isOver;
                });
            });
            for (RawSocketClient client : flood) {
                client.send(hello);
            }
            allHaveSent.countDown();
            return between.get(20, TimeUnit.SECONDS);
        } finally {
            for (RawSocketClient client : flood) {
                client.close();
            }
        }
    }

    private TlsContext open() throws IOException, GeneralSecurityException {
        return open(TlsSettings.ClientAuth.NONE);
    }

    private TlsContext open(TlsSettings.ClientAuth clientAuth) throws IOException, GeneralSecurityException {
        return TlsContext.open(new TlsSettings(
                provider,
                TlsSettings.Form.PEM,
                directory.resolve("cert.pem"),
                directory.resolve("key.pem"),
                null,
                false,
                clientAuth,
                clientAuth == TlsSettings.ClientAuth.NONE ? null : directory.resolve("clients.pem"),
                false,
                Duration.ofSeconds(5)));
    }

    private void awaitRefused(String kind) {
        await().untilAsserted(() -> assertThat(server.refused).containsExactly(kind));
    }

    private static Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(5_000);
        return socket;
    }

    private static SSLSocket over(Socket plain, @Nullable InetSocketAddress address)
            throws IOException, GeneralSecurityException {
        int port = address == null ? plain.getPort() : address.getPort();
        return (SSLSocket) context(null).getSocketFactory().createSocket(plain, "localhost", port, true);
    }

    private static SSLContext context(KeyManager @Nullable [] keys) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {new Trusting()}, null);
        return context;
    }

    /** A ClientHello as the JDK sends it. */
    private static byte[] hello() throws IOException, GeneralSecurityException {
        SSLEngine engine = context(null).createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    /** A socket whose every byte is a segment. */
    private static final class SlowlyWriting extends Socket {
        SlowlyWriting(InetSocketAddress address) throws IOException {
            super(address.getAddress(), address.getPort());
            setTcpNoDelay(true);
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    for (int i = 0; i < length; i++) {
                        out.write(bytes[offset + i]);
                        out.flush();
                    }
                }
            };
        }
    }

    /** Believes every server. */
    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
