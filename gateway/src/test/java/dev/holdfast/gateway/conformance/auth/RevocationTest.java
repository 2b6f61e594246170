// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Operator;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A token is revoked at one gateway: what that means at another one on the same Redis. */
final class RevocationTest {
    private static final int NOT_AUTHORIZED = 0x87;
    private static final Duration WITHIN = Duration.ofSeconds(2);

    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static Cluster cluster;
    private static GatewayProcess here;
    private static GatewayProcess there;

    private final String id = "r" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        desk = new TokenDesk(directory);
        cluster = Cluster.start(desk.settings().toArray(String[]::new));
        here = cluster.gateway();
        there = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @CsvSource({"jti, V5", "jti, V3_1_1", "subject, V5", "subject, V3_1_1"})
    void aTokenRevokedAtOneGatewayClosesItsConnectionAtTheOther(String kind, Version version) {
        RawClient client = cluster.open(there, version).connected(with(token()));
        RawClient untouched = cluster.connect(there, connect(id + "-other").password(desk.token("other")));
        Instant said = Instant.now();

        new Operator(here).revoke(kind, id);

        if (version.isV5()) {
            Packet farewell = client.expect(PacketType.DISCONNECT);
            assertThat(farewell.reason()).isEqualTo(NOT_AUTHORIZED);
            assertThat(farewell.properties().text(Prop.REASON_STRING)).isEqualTo("token revoked");
        }
        client.expectClosed();
        assertThat(Duration.between(said, Instant.now())).isLessThan(WITHIN);
        untouched.expectAlive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jti", "subject"})
    void aRevokedTokenIsRefusedByEveryGatewayAtConnectAndAtRenewal(String kind) {
        RawClient client = cluster.connect(there, enhanced(kind.equals("jti") ? desk.token(id) : token()));
        String revoked = token();

        new Operator(here).revoke(kind, id);

        await().atMost(WITHIN)
                .untilAsserted(
                        () -> assertThat(new Operator(there).list()).contains("\"" + kind + "\":\"" + id + "\""));
        for (GatewayProcess gateway : new GatewayProcess[] {here, there}) {
            cluster.open(gateway).send(with(revoked)).expectRefused(5, NOT_AUTHORIZED);
        }
        if (kind.equals("jti")) { // of a revoked subject nobody is left to renew
            client.send(Packets.auth(0x19)
                    .with(Prop.AUTHENTICATION_METHOD, "JWT")
                    .with(Prop.AUTHENTICATION_DATA, revoked.getBytes(StandardCharsets.US_ASCII)));
            client.expectDisconnected(NOT_AUTHORIZED);
        }
    }

    @Test
    void aRevocationThatIsTakenBackAtOneGatewayNoLongerHoldsAtTheOther() {
        String token = token();
        new Operator(here).revoke("jti", id);
        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(new Operator(there).list()).contains(id));

        assertThat(new Operator(there).lift("jti", id)).isEqualTo(204);

        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(new Operator(here).list()).doesNotContain(id));
        cluster.connect(here, with(token)).expectAlive();
        assertThat(new Operator(here).lift("jti", id)).isEqualTo(404);
    }

    /** They went on collecting what nobody may have any more. */
    @Test
    void theSessionsOfARevokedSubjectEndAtEveryGatewayWhereThatIsAsked() {
        List<String> hers = List.of(id + "-1", id + "-2", id + "-3");
        hers.forEach(each -> cluster.connect(there, kept(each).password(token()))
                .subscribed("t/" + each, 1)
                .disconnect());
        RawClient online = cluster.connect(there, kept(id + "-online").password(token()));
        cluster.connect(there, kept(id + "-other").password(desk.token("other" + id)))
                .disconnect();

        assertThat(new Operator(here).tryRevoke("subject", id, ",\"endSessions\":true"))
                .isEqualTo(201);

        online.expectDisconnectedWithAnyOf(NOT_AUTHORIZED, 0x98);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(Files.readString(here.log()))
                        .contains("have been ended issuer=\"" + TokenDesk.ISSUER + "\" subject=\"" + id
                                + "\" ended=\"4\""));
        assertThat(new Operator(here).lift("subject", id)).isEqualTo(204);
        await().untilAsserted(() -> assertThat(new Operator(there).list()).doesNotContain(id));
        for (String each : hers) {
            assertThat(isThere(each, token())).as(each).isFalse();
        }
        assertThat(isThere(id + "-online", token())).isFalse();
        assertThat(isThere(id + "-other", desk.token("other" + id))).isTrue();
    }

    private static boolean isThere(String clientId, String token) {
        return cluster.connect(there, kept(clientId).password(token)).connack().isSessionPresent();
    }

    @Test
    void aGatewayThatStartsLaterKnowsItBeforeItLetsAnybodyIn() {
        new Operator(here).revoke("jti", id);

        GatewayProcess later = cluster.gateway();

        cluster.open(later).send(with(token())).expectRefused(5, NOT_AUTHORIZED);
        later.close();
    }

    @Test
    void whileRedisIsAwayWhatIsKnownHoldsAndWhatIsNewHoldsHereAtOnceAndElsewhereWhenItIsBack() {
        String known = desk.token("known", Duration.ofMinutes(5), Map.of("jti", id + "-known"));
        new Operator(here).revoke("jti", id + "-known");
        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(new Operator(there).list()).contains(id));
        RawClient atHere = cluster.connect(here, connect(id + "-here").password(token()));
        RawClient atThere = cluster.connect(there, connect(id + "-there").password(token()));

        cluster.redis().pause();
        try {
            cluster.open(there).send(with(known)).expectRefused(5, NOT_AUTHORIZED);
            assertThat(new Operator(here).tryRevoke("subject", id)).isEqualTo(202);
            atHere.expectDisconnected(NOT_AUTHORIZED);
            assertThat(new Operator(here).lift("jti", id + "-known")).isEqualTo(503);
            cluster.open(there).send(with(known)).expectRefused(5, NOT_AUTHORIZED);
        } finally {
            cluster.redis().resume();
        }

        atThere.expectDisconnected(NOT_AUTHORIZED);
        await().untilAsserted(() ->
                assertThat(here.metric("mqtt_gateway_revocations_not_stored")).isZero());
    }

    @Test
    void nothingIsLeftInRedisWhenItsTimeIsOver() {
        String soon = ",\"until\":\"" + Instant.now().plusSeconds(2) + "\"";
        assertThat(new Operator(here).tryRevoke("jti", id, soon)).isEqualTo(201);
        assertThat(cluster.redis().command("HEXISTS", "hf:v{v}", "t" + TokenDesk.ISSUER + "\n" + id))
                .isEqualTo("1");
        cluster.open(here).send(with(token())).expectRefused(5, NOT_AUTHORIZED);

        await().untilAsserted(() -> assertThat(
                        cluster.redis().command("HEXISTS", "hf:v{v}", "t" + TokenDesk.ISSUER + "\n" + id))
                .isEqualTo("0"));
        cluster.connect(here, with(token())).expectAlive();
    }

    private String token() {
        return desk.token(id, Duration.ofMinutes(5), Map.of("jti", id));
    }

    private Connect with(String token) {
        return connect(id).userName("u").password(token);
    }

    private Connect enhanced(String token) {
        return connect(id)
                .with(Prop.AUTHENTICATION_METHOD, "JWT")
                .with(Prop.AUTHENTICATION_DATA, token.getBytes(StandardCharsets.US_ASCII));
    }
}
