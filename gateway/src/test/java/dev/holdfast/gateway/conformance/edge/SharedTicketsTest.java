// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.transport.tls.Certificates;
import dev.holdfast.gateway.transport.tls.Phone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that comes to another gateway resumes its TLS session there, by keys that both have from Redis. */
final class SharedTicketsTest {
    private static final String RESUMED = "mqtt_gateway_tls_resumed_total";

    @TempDir
    private Path directory;

    @Test
    void aClientResumesAtTheOtherGateway() throws Exception {
        try (Cluster cluster = start("tls.provider=native")) {
            GatewayProcess one = cluster.gateway();
            GatewayProcess other = cluster.gateway();
            Phone phone = new Phone();

            // Each gateway reads the keys when it starts, beside the start.
            await().until(() -> connect(phone, one) == connect(phone, other));

            assertThat(one.metric(RESUMED) + other.metric(RESUMED)).isGreaterThan(0);
            assertThat(cluster.redis().command("ZCARD", "hf:b{g}")).isEqualTo("1");
        }
    }

    /** What a gateway knows of the keys holds, though it has looked for them in vain; until both have, it takes a minute. */
    @Test
    @Tag("long")
    void whileRedisIsDownTicketsAreGivenAndTakenAndTheSameKeysHoldAfterwards() throws Exception {
        try (Cluster cluster = start("tls.provider=native")) {
            GatewayProcess one = cluster.gateway();
            GatewayProcess other = cluster.gateway();
            Phone early = new Phone();
            await().until(() -> connect(early, one) == connect(early, other));
            Phone late = new Phone();

            cluster.redis().kill();
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> Stream.of(one, other)
                            .allMatch(each ->
                                    each.hasLogged("WARN", "the keys of TLS tickets cannot be read from the store")));

            assertThat(handshake(early, one)).isEqualTo(handshake(early, other));
            assertThat(handshake(late, one)).isEqualTo(handshake(late, other));

            cluster.redis().restart();
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> connect(early, one) > 0);
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> connect(early, other) > 0);
            assertThat(connect(late, one)).isEqualTo(connect(late, other));
            assertThat(cluster.redis().command("ZCARD", "hf:b{g}")).isEqualTo("1");
        }
    }

    @Test
    void whereTicketsAreOffNobodyResumes() throws Exception {
        try (Cluster cluster = start("tls.provider=native", "tls.tickets=off")) {
            GatewayProcess one = cluster.gateway();
            Phone phone = new Phone();

            assertThat(connect(phone, one)).isNotEqualTo(connect(phone, one));
        }
    }

    private Cluster start(String... settings) throws Exception {
        Certificates certificates = Certificates.of("EC", "server.example");
        certificates.writeCertificate(directory.resolve("server.pem"));
        certificates.writeKey(directory.resolve("server.key"));
        String[] all = Arrays.copyOf(settings, settings.length + 2);
        all[settings.length] = "tls.certificate=" + directory.resolve("server.pem");
        all[settings.length + 1] = "tls.key=" + directory.resolve("server.key");
        return Cluster.start(all);
    }

    /**
     * Shakes hands and is refused, as everybody is while Redis is down; answers when the TLS session was first agreed upon. Tickets come with
     * what is read behind the handshake.
     */
    private static long handshake(Phone phone, GatewayProcess gateway) throws Exception {
        try (SSLSocket socket = phone.connect(gateway.tcpPort(), "TLSv1.3")) {
            RawClient client = new RawClient(TcpChannel.over(socket), Version.V5);
            client.send(Connect.connect("phone").cleanStart(true));
            client.next();
            return Phone.agreedAt(socket);
        }
    }

    /** Connects, and answers when the TLS session was first agreed upon. */
    private static long connect(Phone phone, GatewayProcess gateway) throws Exception {
        try (SSLSocket socket = phone.connect(gateway.tcpPort(), "TLSv1.3")) {
            RawClient client = new RawClient(TcpChannel.over(socket), Version.V5);
            client.connected(Connect.connect("phone").cleanStart(true)).disconnect();
            return Phone.agreedAt(socket);
        }
    }
}
