// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.config.ConfigChange;
import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.transport.tls.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration that is read again by a gateway that runs. */
final class ReloadTest {
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int QUOTA_EXCEEDED = 0x97;
    private static final int BAD_CREDENTIALS = 0x86;

    @TempDir
    private static Path directory;

    private static String allowing(String filter) {
        return "auth.anonymous-acl=[{permission: allow, action: all, topics: [\"" + filter + "\"]}]";
    }

    private static List<Integer> asked(RawClient client) {
        client.send(Subscribe.subscribe(1).to("a", 0).to("b", 0));
        return client.expect(PacketType.SUBACK).reasons();
    }

    @Test
    void limitsAndPermissionsHoldForWhoeverComesThenAndWhatNeedsARestartIsTold() {
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.max-connections=1", allowing("a")));
                Lab lab = new Lab(gateway)) {
            RawClient before = lab.connect(Version.V5);
            lab.open(Version.V5).send(connect(lab.id("refused"))).expectRefused(3, QUOTA_EXCEEDED);

            ConfigChange change = gateway.reload(
                    List.of("limits.max-connections=2", allowing("b"), "limits.receive-maximum=7", "drain.timeout=9s"));

            assertThat(change.applied()).containsExactlyInAnyOrder("limits.max-connections", "auth.anonymous-acl");
            assertThat(change.needRestart()).containsExactlyInAnyOrder("limits.receive-maximum", "drain.timeout");
            RawClient after = lab.connect(Version.V5);
            assertThat(asked(after)).containsExactly(NOT_AUTHORIZED, 0);
            assertThat(asked(before)).as("of who came before").containsExactly(0, NOT_AUTHORIZED);
            assertThat(after.connack().properties().get(Prop.RECEIVE_MAXIMUM)).isEqualTo(1024L);
            lab.open(Version.V5).send(connect(lab.id("third"))).expectRefused(3, QUOTA_EXCEEDED);
        }
    }

    @Test
    void tokensOfAnIssuerWhoseKeyHasChangedAreJudgedByTheNewOne() throws Exception {
        TokenDesk first = new TokenDesk(Files.createDirectory(directory.resolve("first")));
        TokenDesk second = new TokenDesk(Files.createDirectory(directory.resolve("second")));
        try (InProcessGateway gateway = InProcessGateway.start(first.settings());
                Lab lab = new Lab(gateway)) {
            String old = first.elliptic("ann", Duration.ofMinutes(5), Map.of());
            RawClient connected = lab.connect(Version.V5, connect(lab.id("old")).password(old));

            gateway.reload(second.settings());

            connected.expectAlive();
            lab.open(Version.V5).send(connect(lab.id("late")).password(old)).expectRefused(4, BAD_CREDENTIALS);
            lab.connect(
                            Version.V5,
                            connect(lab.id("new")).password(second.elliptic("ann", Duration.ofMinutes(5), Map.of())))
                    .expectAlive();

            List<String> broken = second.settings().stream()
                    .map(setting -> setting.replace("public.pem", "missing.pem"))
                    .toList();
            assertThatThrownBy(() -> gateway.reload(broken)).hasMessageContaining("missing.pem");
            lab.connect(Version.V5, connect(lab.id("still")).password(second.token("bob")))
                    .expectAlive();
        }
    }

    @Test
    void anotherCertificateIsShownAndOneThatCannotBeUsedIsNot() throws Exception {
        Certificates first = Certificates.of("EC", "first.example");
        Certificates second = Certificates.of("EC", "second.example");
        List<String> settings = files("one", first);
        List<String> others = files("two", second);
        try (InProcessGateway gateway = InProcessGateway.start(settings)) {
            assertThat(shown(gateway)).isEqualTo(first.certificate());

            ConfigChange change = gateway.reload(others);

            assertThat(change.applied()).containsExactlyInAnyOrder("tls.certificate", "tls.key");
            assertThat(shown(gateway)).isEqualTo(second.certificate());
            List<String> mixed = List.of(settings.get(0), others.get(1));
            assertThatThrownBy(() -> gateway.reload(mixed)).hasMessageContaining("tls");
            assertThat(shown(gateway)).isEqualTo(second.certificate());
        }
    }

    private static List<String> files(String name, Certificates certificates) throws Exception {
        Path certificate = directory.resolve(name + ".pem");
        Path key = directory.resolve(name + ".key");
        certificates.writeCertificate(certificate);
        certificates.writeKey(key);
        return List.of("tls.certificate=" + certificate, "tls.key=" + key);
    }

    private static Certificate shown(InProcessGateway gateway) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Everybody()}, new SecureRandom());
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", gateway.tcpPort())) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    /** Trusts every certificate: it is looked at afterwards. */
    private static final class Everybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void sighupReadsTheFileAndABadOneChangesNothing() throws Exception {
        Path file = directory.resolve("holdfast.yaml");
        write(file, "a", "log: {level: info}");
        try (GatewayProcess gateway = GatewayProcess.startWithConfig(file);
                Lab lab = new Lab(gateway)) {
            assertThat(asked(lab.connect(Version.V5))).containsExactly(0, NOT_AUTHORIZED);

            write(file, "b", "log: {level: debug}");
            gateway.signalled("-HUP");
            await().until(() -> gateway.hasLogged("Configuration read again", "log.level", "auth.anonymous-acl"));
            RawClient client = lab.connect(Version.V5, connect(lab.id("goodbye")));
            assertThat(asked(client)).containsExactly(NOT_AUTHORIZED, 0);
            client.disconnect();
            await().until(() -> gateway.hasLogged("DEBUG", lab.id("goodbye")));

            write(file, "a", "limits: {max-packet-sise: 1MiB}");
            gateway.signalled("-HUP");
            await().until(() -> gateway.hasLogged("did you mean limits.max-packet-size?"));
            assertThat(asked(lab.connect(Version.V5))).containsExactly(NOT_AUTHORIZED, 0);
        }
    }

    @Test
    void restReadsTheFileAndABadOneIsRefusedWithAllProblemsAndChangesNothing() throws Exception {
        Path file = directory.resolve("rest.yaml");
        String token = "api: {write-token: " + ApiClient.WRITE + "}";
        write(file, "a", token);
        try (GatewayProcess gateway = GatewayProcess.startWithConfig(file);
                Lab lab = new Lab(gateway)) {
            ApiClient api = new ApiClient(gateway, ApiClient.WRITE);

            write(file, "b", token + "\nlimits: {max-packet-sise: 1MiB, max-inflight: many}");
            JsonNode problem = api.expect(422, "POST", "/gateways/self/reload", null);

            assertThat(problem.get("type").asText()).endsWith("unprocessable");
            assertThat(problem.get("detail").asText())
                    .contains("did you mean limits.max-packet-size?", "limits.max-inflight", "rest.yaml");
            assertThat(asked(lab.connect(Version.V5))).containsExactly(0, NOT_AUTHORIZED);

            write(file, "b", token);
            assertThat(api.expect(200, "POST", "/gateways/self/reload", null).get("applied"))
                    .hasSize(1);
            assertThat(asked(lab.connect(Version.V5))).containsExactly(NOT_AUTHORIZED, 0);
        }
    }

    private static void write(Path file, String filter, String more) throws Exception {
        Files.write(
                file,
                Stream.of(
                                "auth:",
                                "  anonymous-acl: [{permission: allow, action: all, topics: [" + filter + "]}]",
                                more)
                        .toList());
    }
}
