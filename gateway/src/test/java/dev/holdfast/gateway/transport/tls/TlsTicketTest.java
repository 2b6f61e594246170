// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.Server;
import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.memory.MemoryTicketKeyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS tickets over two gateways with the keys of one store. */
class TlsTicketTest {
    private static final Duration LOOK_PERIOD = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    private final MovableTime clock = new MovableTime();
    /** How often each gateway has looked at the store. */
    private final List<AtomicInteger> looks = new ArrayList<>();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final TicketKeyStore store = new MemoryTicketKeyStore(clock, TicketKeyStore.Life.DEFAULT);

    /** A gateway. */
    private record Gateway(TlsContext tls, int port) {}

    @BeforeEach
    void write() throws Exception {
        Certificates certificates = Certificates.of("EC", "one");
        certificates.writeKey(directory.resolve("key.pem"));
        certificates.writeCertificate(directory.resolve("cert.pem"));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientResumesAtAnotherGateway(String version) throws Exception {
        Gateway one = gateway(settings());
        Gateway other = gateway(settings());
        Phone phone = new Phone();
        long agreed = talk(phone, one, version);

        assertThat(talk(phone, other, version)).isEqualTo(agreed);
        assertThat(talk(phone, one, version)).isEqualTo(agreed);

        assertThat(other.tls().resumed()).isEqualTo(1);
        assertThat(one.tls().resumed()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aTicketOfAnOlderKeyIsTakenUntilThatIsForgotten(String version) throws Exception {
        Gateway one = gateway(settings());
        Gateway other = gateway(settings());
        Phone phone = new Phone();
        long agreed = talk(phone, one, version);

        clock.pass(Duration.ofHours(5));
        awaitLooks();
        clock.pass(Duration.ofHours(1));
        awaitLooks(); // the new key makes tickets from here on
        assertThat(talk(phone, other, version)).isEqualTo(agreed);

        clock.pass(Duration.ofHours(7)); // only the new key is left
        awaitLooks();
        assertThat(talk(phone, one, version))
                .as("by the ticket that was given last")
                .isEqualTo(agreed);

        clock.pass(Duration.ofHours(20));
        awaitLooks();
        assertThat(talk(phone, one, version)).as("no key is left").isNotEqualTo(agreed);
    }

    @Test
    void whereTheKeysHaveBeenTakenBackAClientShakesHandsAnew() throws Exception {
        Gateway one = gateway(settings());
        Phone phone = new Phone();
        long agreed = talk(phone, one, "TLSv1.3");

        store.close(); // forgets them
        awaitLooks();

        long anew = talk(phone, one, "TLSv1.3");
        assertThat(anew).isNotEqualTo(agreed);
        assertThat(talk(phone, one, "TLSv1.3")).isEqualTo(anew);
    }

    @Test
    void aRenewedCertificateLeavesTicketsGood() throws Exception {
        Gateway one = gateway(settings());
        Phone phone = new Phone();
        long agreed = talk(phone, one, "TLSv1.3");
        talk(phone, one, "TLSv1.3");
        write();

        one.tls().reload(settings());

        assertThat(talk(phone, one, "TLSv1.3")).isEqualTo(agreed);
        assertThat(one.tls().resumed()).as("over both certificates").isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void whereTheyAreOffEachConnectionShakesHandsAnew(String version) throws Exception {
        Gateway one = gateway(settings(TlsSettings.Provider.NATIVE, TlsSettings.ClientAuth.NONE, false));
        Phone phone = new Phone();
        long agreed = talk(phone, one, version);

        assertThat(talk(phone, one, version)).isNotEqualTo(agreed);
        assertThat(one.tls().resumed()).isZero();
    }

    /** BoringSSL would take the certificate as it stands in the ticket, though its authority has been removed since. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void whoShowsACertificateShowsItAtEachConnection(String version) throws Exception {
        Certificates authority = Certificates.authority("ours");
        authority.writeCertificate(directory.resolve("clients.pem"));
        Gateway one = gateway(settings(TlsSettings.Provider.NATIVE, TlsSettings.ClientAuth.WANT, true));
        Phone phone = new Phone(authority.signs("phone", Duration.ofDays(1)).keyManagers());
        long agreed = talk(phone, one, version);

        assertThat(talk(phone, one, version)).isNotEqualTo(agreed);
    }

    @Test
    void aStoreThatFailsOrDoesNotAnswerKeepsNobodyOutAndGivesNoTickets() throws Exception {
        List<TicketSource> sources = List.of(
                fresh -> CompletableFuture.failedFuture(new IOException("no store")),
                fresh -> new CompletableFuture<>());
        for (TicketSource source : sources) {
            CountDownLatch asked = new CountDownLatch(1);
            Gateway one = gateway(settings(), fresh -> {
                asked.countDown();
                return source.keys(fresh);
            });
            assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
            Phone phone = new Phone();
            long agreed = talk(phone, one, "TLSv1.3");

            assertThat(talk(phone, one, "TLSv1.3")).isNotEqualTo(agreed);
        }
    }

    @Test
    void ticketsOfTheJdkAreGoodAtTheirGatewayAlone() throws Exception {
        Gateway one = gateway(settings(TlsSettings.Provider.JDK, TlsSettings.ClientAuth.NONE, true));
        Gateway other = gateway(settings(TlsSettings.Provider.JDK, TlsSettings.ClientAuth.NONE, true));
        Phone phone = new Phone();
        long agreed = talk(phone, one, "TLSv1.3");

        assertThat(talk(phone, one, "TLSv1.3")).isEqualTo(agreed);
        assertThat(talk(phone, other, "TLSv1.3")).isNotEqualTo(agreed);
    }

    private TlsSettings settings() {
        return settings(TlsSettings.Provider.NATIVE, TlsSettings.ClientAuth.NONE, true);
    }

    private TlsSettings settings(
            TlsSettings.Provider provider, TlsSettings.ClientAuth clientAuth, boolean sharesTickets) {
        return new TlsSettings(
                provider,
                TlsSettings.Form.PEM,
                directory.resolve("cert.pem"),
                directory.resolve("key.pem"),
                null,
                false,
                clientAuth,
                clientAuth == TlsSettings.ClientAuth.NONE ? null : directory.resolve("clients.pem"),
                sharesTickets,
                Duration.ofHours(1));
    }

    /** A gateway that has read the keys. */
    private Gateway gateway(TlsSettings settings) throws Exception {
        AtomicInteger its = new AtomicInteger();
        looks.add(its);
        Gateway gateway = gateway(settings, fresh -> {
            its.incrementAndGet();
            return store.keys(fresh);
        });
        awaitLooks();
        return gateway;
    }

    private Gateway gateway(TlsSettings settings, TicketSource source) throws IOException, GeneralSecurityException {
        TlsContext tls = TlsContext.open(settings);
        opened.push(tls);
        tls.shareTickets(source, LOOK_PERIOD);
        Server server = Server.echoing();
        opened.push(server);
        return new Gateway(tls, server.tcp(new ListenerOptions(false, tls)).getPort());
    }

    /** Until each gateway has looked at the store, and used what it has found. */
    private void awaitLooks() {
        for (AtomicInteger its : looks) {
            int before = its.get();
            await().until(() -> its.get() >= before + 3);
        }
    }

    private static long talk(Phone phone, Gateway gateway, String version) throws IOException {
        try (SSLSocket socket = phone.connect(gateway.port(), version)) {
            socket.getOutputStream().write('a');
            assertThat(socket.getInputStream().read()).isEqualTo('a');
            return Phone.agreedAt(socket);
        }
    }
}
