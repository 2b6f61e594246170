// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What binds a token to a client identifier, a user name or a role, and what a strange subject may not widen. */
final class TokenBindingTest {
    private static final int NOT_AUTHORIZED = 0x87;
    private static final String BY_CLAIM = "https://claim.example/";
    private static final String BY_TEMPLATE = "https://template.example/";
    private static final String BY_ROLE = "https://role.example/";
    private static final String BY_CLAIMS = "https://claims.example/";
    private static final String BY_USER = "https://user.example/";
    private static final String FREE = "https://free.example/";

    @TempDir
    private static Path directory;

    private static TokenIssuer signer;
    private static InProcessGateway gateway;

    private Lab lab;

    @BeforeAll
    static void start() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), TokenDesk.SECRET);
        signer = TokenIssuer.ofSecretFile(secret, false, "HS256");
        gateway = InProcessGateway.start(List.of(
                "auth.anonymous=false",
                "auth.jwt.issuers=["
                        + String.join(
                                ",",
                                issuer(secret, BY_CLAIM, "client-id-claim: client_id,"),
                                issuer(secret, BY_TEMPLATE, "client-id-template: \"web-${sub}-*\","),
                                issuer(
                                        secret,
                                        BY_ROLE,
                                        "required-claims: {role: device, preferred_username: \"${username}\"},"),
                                issuer(secret, BY_CLAIMS, "required-claims: {realm_access.roles: device},")
                                        .replace(
                                                "\"u/${sub}/#\"",
                                                "\"t/${claims.tenant}/${claims.realm_access.roles}/#\""),
                                issuer(secret, BY_USER, "required-claims: {preferred_username: \"${username}\"},")
                                        .replace("u/${sub}/#", "u/${username}/#"),
                                issuer(secret, FREE, ""))
                        + "]"));
    }

    private static String issuer(Path secret, String name, String binding) {
        return "{issuer: \"" + name + "\", audience: [mqtt], algorithms: [HS256], keys: {secret-file: \"" + secret
                + "\"}, " + binding + " default-acl: [{permission: allow, action: all, topics: "
                + "[\"u/${sub}/#\", \"u/${sub}\", \"${sub}\", \"x/${sub}/y\"]}]}";
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @BeforeEach
    void open() {
        lab = new Lab(gateway);
    }

    @AfterEach
    void tidy() {
        lab.close();
    }

    @Test
    void aTokenForAnotherClientIdIsRefused() {
        String one = token(BY_CLAIM, "ann", Map.of("client_id", "phone-1"));
        String two = token(BY_CLAIM, "ann", Map.of("client_id", List.of("phone-1", "phone-2")));

        lab.connect(Version.V5, connect("phone-1").password(one)).disconnect();
        lab.connect(Version.V5, connect("phone-2").password(two)).disconnect();
        for (String id : List.of("phone-2", "phone-", "PHONE-1", "phone-1/", "${sub}", "client_id")) {
            refused(id, "u", one);
        }
        refused("phone-3", "u", two);
        refused("phone-1", "u", token(BY_CLAIM, "ann", Map.of()));
    }

    @Test
    void aTemplateBindsClientIdsToTheSubject() {
        String token = token(BY_TEMPLATE, "ann", Map.of());

        lab.connect(Version.V5, connect("web-ann-7").password(token)).disconnect();
        for (String id : List.of("web-bob-7", "web-ann", "web-annx-7", "web-${sub}-7", "*", "xweb-ann-7", "web-#-7")) {
            refused(id, "u", token);
        }
        refused("web-x-7", "u", token(BY_TEMPLATE, "*", Map.of()));
        refused("web-ann-7", "u", token(BY_TEMPLATE, "+", Map.of()));
    }

    @Test
    void aRequiredClaimIsComparedLiterally() {
        String token = token(BY_ROLE, "ann", Map.of("role", List.of("user", "device"), "preferred_username", "al"));

        lab.connect(Version.V3_1_1, connect(lab.id("a")).userName("al").password(token))
                .disconnect();
        for (String username : List.of("a.", "AL", "${sub}", "+", "al ", ".*")) {
            refused(lab.id("a"), username, token);
        }
        refused(lab.id("a"), "al", token(BY_ROLE, "ann", Map.of("role", "devices", "preferred_username", "al")));
        refused(lab.id("a"), "al", token(BY_ROLE, "ann", Map.of("preferred_username", "al")));
    }

    @Test
    void claimsOfTheTokenStandInTheRulesOfItsIssuerNestedOnesByTheirPath() {
        RawClient client = lab.connect(
                Version.V5,
                connect(lab.id("a"))
                        .password(token(
                                BY_CLAIMS,
                                "ann",
                                Map.of(
                                        "tenant",
                                        "acme",
                                        "realm_access",
                                        Map.of("roles", List.of("device", "meter"))))));

        client.send(subscribe(5)
                .to("t/acme/meter/x", 1)
                .to("t/acme/device/#", 1)
                .to("t/other/meter/x", 1)
                .to("t/acme/admin/x", 1)
                .to("t/+/meter/x", 1));

        assertThat(client.expect(PacketType.SUBACK).reasons())
                .containsExactly(1, 1, NOT_AUTHORIZED, NOT_AUTHORIZED, NOT_AUTHORIZED);
        refused(lab.id("b"), "u", token(BY_CLAIMS, "ann", Map.of("realm_access", Map.of("roles", List.of("meter")))));
    }

    /** Ann's token with the user name "bob" had bob's topics: the user name of CONNECT is whatever the client writes. */
    @Test
    void aUserNameInTheRulesIsTheOneThatAClaimProves() {
        String token = token(BY_USER, "ann", Map.of("preferred_username", "ann"));
        RawClient client =
                lab.connect(Version.V5, connect(lab.id("a")).userName("ann").password(token));

        client.send(subscribe(5).to("u/ann/x", 1).to("u/bob/x", 1));

        assertThat(client.expect(PacketType.SUBACK).reasons()).containsExactly(1, NOT_AUTHORIZED);
        refused(lab.id("b"), "bob", token);
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "+", "+/#", "a/b", "a/#", "/", "$SYS", "$SYS/#", "${clientid}", ".*", "a|b", "../x"})
    void aSubWithWildcardsOrSlashesWidensNothing(String subject) {
        RawClient client = lab.connect(Version.V5, connect(lab.id("a")).password(token(FREE, subject, Map.of())));

        client.send(subscribe(5)
                .to("u/ann/x", 0)
                .to("u/#", 0)
                .to("#", 0)
                .to("+", 0)
                .to("$SYS/#", 0)
                .to("u/+/x", 0)
                .to("x/+/y", 0)
                .to("x/a/b/y", 0));

        assertThat(client.expect(PacketType.SUBACK).reasons()).containsOnly(NOT_AUTHORIZED);
        client.send(publish("u/ann/x", "no").qos(1).packetId(1));
        assertThat(client.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);
    }

    @Test
    void oneTokenMayBeUsedByTwoClientsAtOnceUnlessItIsBound() { // a bearer token; bind it by claim or template
        String token = token(FREE, "ann", Map.of());

        RawClient one = lab.connect(Version.V5, connect(lab.id("one")).password(token));
        RawClient two = lab.connect(Version.V5, connect(lab.id("two")).password(token));

        one.expectAlive();
        two.subscribed("u/ann/x", 0);
    }

    private void refused(String clientId, String username, String token) {
        RawClient client = lab.open(Version.V5);
        client.send(connect(clientId).userName(username).password(token));
        client.expectRefused(5, NOT_AUTHORIZED);
    }

    private static String token(String issuer, String subject, Map<String, Object> claims) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return signer.issue(
                new TokenRequest(issuer, subject, List.of("mqtt"), now, Duration.ofMinutes(5), null, claims));
    }
}
