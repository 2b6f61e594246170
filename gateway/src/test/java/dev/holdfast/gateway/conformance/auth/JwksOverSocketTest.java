// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.auth.Tokens.rs256;
import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.auth.JwksServer;
import dev.holdfast.gateway.auth.JwksServer.Mood;
import dev.holdfast.gateway.auth.Tokens;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys behind a URL, as clients notice them: rotation, outages, a server that lies, key ids that are odd. */
final class JwksOverSocketTest {
    private static final String ISSUER = "https://jwks.example/";
    private static final String TENANT = "https://tenant.example/";
    private static final int BAD_CREDENTIALS = 0x86;
    private static final int UNAVAILABLE = 0x88;
    private static final KeyPair OLD = Tokens.rsa();
    private static final KeyPair NEW = Tokens.rsa();
    private static final KeyPair OTHER = Tokens.rsa();

    @TempDir
    private Path directory;

    private JwksServer server;
    private InProcessGateway gateway;
    private Lab lab;

    @BeforeEach
    void start() throws Exception {
        server = new JwksServer(Tokens.jwks(Map.of("old", OLD)));
        Path tenants = Files.writeString(directory.resolve("tenant.json"), Tokens.jwks(Map.of("old", OTHER)));
        String acl = "default-acl: [{permission: allow, action: all, topics: [\"#\"]}]";
        gateway = InProcessGateway.start(List.of(
                "auth.anonymous=false",
                "auth.jwt.issuers=[{issuer: \"" + ISSUER
                        + "\", audience: [mqtt], algorithms: [RS256], keys: {jwks-url: \""
                        + server.url()
                        + "\", allow-http: true, refresh: 1h, timeout: 500ms, unknown-kid-interval: 100ms}, " + acl
                        + "}, {issuer: \"" + TENANT + "\", audience: [mqtt], algorithms: [RS256], keys: {jwks-file: \""
                        + tenants + "\"}, " + acl + "}]"));
        lab = new Lab(gateway);
    }

    @AfterEach
    void stop() {
        lab.close();
        gateway.close();
        server.close();
    }

    @Test
    void oldAndNewKeyCountWhileBothArePublished() { // key rotation with overlap
        accepted(token(OLD, "old"));

        server.jwks = Tokens.jwks(Map.of("old", OLD, "new", NEW));

        accepted(token(NEW, "new"));
        accepted(token(OLD, "old"));
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void aKeyRemovedMidSessionLeavesTheConnectionUntilItsTokenEndsAndIsTakenForNothingNew() {
        RawClient live = lab.connect(
                Version.V5,
                connect(lab.id("live"))
                        .with(Prop.AUTHENTICATION_METHOD, "JWT")
                        .with(Prop.AUTHENTICATION_DATA, bytes(token(OLD, "old"))));
        server.jwks = Tokens.jwks(Map.of("new", NEW));
        accepted(token(NEW, "new"));

        refused(token(OLD, "old"), BAD_CREDENTIALS);
        live.expectAlive();
        live.send(Packets.auth(0x19)
                .with(Prop.AUTHENTICATION_METHOD, "JWT")
                .with(Prop.AUTHENTICATION_DATA, bytes(token(OLD, "old"))));
        live.expectDisconnected(0x87);
    }

    @Test
    void unknownKidsCauseOneReadingAndNoMore() {
        accepted(token(OLD, "old"));

        refused(token(NEW, "nobody"), BAD_CREDENTIALS);
        int readings = server.requests();
        for (int i = 0; i < 20; i++) {
            refused(token(NEW, "nobody"), BAD_CREDENTIALS);
        }

        assertThat(server.requests()).isEqualTo(readings).isEqualTo(2);
    }

    @Test
    void whileTheServerIsDownOldKeysCountAndWhoeverHasANewOneIsToldToComeBack() throws Exception {
        accepted(token(OLD, "old"));
        server.jwks = Tokens.jwks(Map.of("old", OLD, "new", NEW));
        server.down();

        accepted(token(OLD, "old"));
        refused(token(NEW, "new"), UNAVAILABLE);

        server.up();
        await().untilAsserted(() -> {
            RawClient client = lab.open(Version.V5);
            client.send(lab.anonymous().password(token(NEW, "new")));
            assertThat(client.expect(PacketType.CONNACK).reason()).isZero();
        });
    }

    @Test
    void aRefreshThatNobodyCanJudgeNowIsAnsweredAndTheConnectionGoesOn() throws Exception {
        RawClient client = accepted(token(OLD, "old"));
        server.down();

        client.send(Publish.publish("$auth/refresh", token(NEW, "new")).qos(1).packetId(7));

        Packet ack = client.expect(PacketType.PUBACK);
        assertThat(ack.reason()).isEqualTo(0x87);
        assertThat(ack.properties().text(Prop.REASON_STRING))
                .isEqualTo("the token cannot be judged now; the one before counts on");
        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            names = {"STATUS_500", "HTML", "NEVER", "DRIP", "TOO_MUCH", "ENDLESS", "REDIRECT"})
    void aServerThatMisbehavesHoldsNobodyUpAndChangesNoKey(Mood mood) {
        RawClient other = accepted(token(OLD, "old"));
        server.mood = mood;
        RawClient waiting = lab.open(Version.V5);

        waiting.send(lab.anonymous().password(token(NEW, "new")));
        Instant asked = Instant.now();
        other.expectAlive();
        assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofMillis(400)); // no I/O thread waits

        waiting.expectRefused(3, UNAVAILABLE);
        assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(5));
        accepted(token(OLD, "old"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/elsewhere", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/"})
    void aRedirectIsNotFollowed(String location) {
        accepted(token(OLD, "old"));
        server.jwks = Tokens.jwks(Map.of("new", NEW));
        server.location = location;
        server.mood = Mood.REDIRECT;

        refused(token(NEW, "new"), UNAVAILABLE);

        assertThat(server.redirected()).isZero();
    }

    @Test
    void anIssuerThatIsNotOursIsAskedForNothing() { // CVE-2026-32301: iss used as a URL
        accepted(token(OLD, "old"));

        for (String issuer : List.of(server.url().toString(), "https://127.0.0.1:1/", ISSUER + "../x", "")) {
            refused(rs256(NEW.getPrivate(), "new", claims(issuer)), BAD_CREDENTIALS);
        }

        assertThat(server.requests()).isEqualTo(1);
        assertThat(server.redirected()).isZero();
    }

    @Test
    void theSameKidOfTwoIssuersIsTwoKeys() { // CVE-2026-49998
        accepted(token(OLD, "old"));
        accepted(rs256(OTHER.getPrivate(), "old", claims(TENANT)));

        refused(token(OTHER, "old"), BAD_CREDENTIALS);
        refused(rs256(OLD.getPrivate(), "old", claims(TENANT)), BAD_CREDENTIALS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "..\\..\\secret",
                "' OR 1=1 --",
                "old\0",
                "OLD",
                " old",
                "file:///dev/zero",
                "http://127.0.0.1:1/",
                "${jndi:ldap://127.0.0.1:1/}",
                ""
            })
    void anOddKidIsOnlyAName(String kid) {
        refused(token(OLD, kid), BAD_CREDENTIALS);
        accepted(token(OLD, "old"));
    }

    @Test
    void aKidOf10kBIsRefused() {
        refused(token(OLD, "k".repeat(10_000)), BAD_CREDENTIALS);
    }

    @Test
    void aMissingKidIsNoChoiceAmongSeveralKeys() {
        accepted(token(OLD, null));
        server.jwks = Tokens.jwks(Map.of("old", OLD, "new", NEW));
        accepted(token(NEW, "new"));

        refused(token(OLD, null), BAD_CREDENTIALS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use\":\"enc\"",
                "\"key_ops\":[\"encrypt\"]",
                "\"use\":\"sig\",\"alg\":\"PS256\"",
                "\"use\":\"sig\",\"alg\":\"RSA-OAEP\""
            })
    void aKeyIsOnlyUsedForWhatItsAlgUseAndKeyOpsSay(String instead) {
        accepted(token(OLD, "old"));
        String old = Tokens.jwks(Map.of("old", OLD)).replace("\"use\":\"sig\"", instead);
        String fresh = Tokens.jwks(Map.of("new", NEW));
        server.jwks = old.replace("]}", "," + fresh.substring("{\"keys\":[".length()));

        accepted(token(NEW, "new"));

        refused(token(OLD, "old"), BAD_CREDENTIALS);
    }

    private RawClient accepted(String token) {
        return lab.connect(Version.V5, lab.anonymous().password(token));
    }

    private void refused(String token, int reason) {
        RawClient client = lab.open(Version.V5);
        client.send(lab.anonymous().password(token));
        Packet answer = client.expect(PacketType.CONNACK);
        assertThat(answer.reason()).isEqualTo(reason);
        client.expectClosed();
    }

    private static String token(KeyPair pair, @Nullable String kid) {
        return rs256(pair.getPrivate(), kid, claims(ISSUER));
    }

    private static Map<String, Object> claims(String issuer) {
        return Map.of(
                "iss", issuer, "sub", "ann", "aud", "mqtt", "exp", Instant.now().getEpochSecond() + 300);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
