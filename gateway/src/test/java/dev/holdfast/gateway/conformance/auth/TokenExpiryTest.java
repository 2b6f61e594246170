// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.Operator;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a token counts on a live connection: expiry, renewal and revocation. */
final class TokenExpiryTest {
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int REAUTHENTICATE = 0x19;
    private static final String REFRESH = "$auth/refresh";

    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static InProcessGateway gateway;

    private Lab lab;

    @BeforeAll
    static void start() {
        desk = new TokenDesk(directory);
        gateway = InProcessGateway.start(desk.settings());
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

    private static Connect with(Connect connect, String token) {
        return connect.userName("u").password(token);
    }

    private static Connect enhanced(Connect connect, String token) {
        return connect.with(Prop.AUTHENTICATION_METHOD, "JWT").with(Prop.AUTHENTICATION_DATA, bytes(token));
    }

    private static Outgoing reauthenticate(String token) {
        return Packets.auth(REAUTHENTICATE)
                .with(Prop.AUTHENTICATION_METHOD, "JWT")
                .with(Prop.AUTHENTICATION_DATA, bytes(token));
    }

    private static byte[] bytes(String token) {
        return token.getBytes(StandardCharsets.US_ASCII);
    }

    private RawClient everything(String name) {
        return lab.connect(Version.V5, connect(lab.id(name)).password(desk.token("root")));
    }

    private RawClient spy() {
        return lab.connect(Version.V5, connect(lab.id("spy")).password(desk.allowing("spy", "#", "$auth/#")));
    }

    // ---- expiry

    @Test
    void mqtt5IsToldThatItsTokenHasExpiredAndItsSessionStays() {
        RawClient client = lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann", Duration.ofSeconds(2))))
                .subscribed(lab.topic("x"), 1);

        Packet farewell = client.expect(PacketType.DISCONNECT);

        assertThat(farewell.reason()).isEqualTo(NOT_AUTHORIZED);
        assertThat(farewell.properties().text(Prop.REASON_STRING)).isEqualTo("token expired");
        client.expectClosed();
        everything("p").published(publish(lab.topic("x"), "waiting").qos(1), 1);
        RawClient back = lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")));
        assertThat(back.connack().isSessionPresent()).isTrue();
        back.expectPublish("waiting");
    }

    @ParameterizedTest
    @EnumSource(
            value = Version.class,
            names = {"V3_1", "V3_1_1"})
    void mqtt3IsClosedWhenItsTokenHasExpiredAndItsSessionStays(Version version) {
        RawClient client = lab.connect(version, with(kept(lab.id("a")), desk.token("ann", Duration.ofSeconds(2))))
                .subscribed(lab.topic("x"), 1);

        client.expectClosed();

        everything("p").published(publish(lab.topic("x"), "waiting").qos(1), 1);
        lab.connect(version, with(kept(lab.id("a")), desk.token("ann"))).expectPublish("waiting");
    }

    // ---- renewal

    @Test
    void mqtt5RenewsOverFiveExpiriesWithoutLosingAMessage() {
        RawClient client = lab.connect(
                        Version.V5, enhanced(connect(lab.id("a")), desk.token("ann", Duration.ofSeconds(2))))
                .subscribed(lab.topic("x"), 1);
        RawClient publisher = everything("p");
        Instant start = Instant.now();

        int sent = 0;
        for (int i = 1; i <= 10; i++) {
            client.send(reauthenticate(desk.token("ann", Duration.ofSeconds(2))));
            Packet answer = client.expect(PacketType.AUTH);
            assertThat(answer.reason()).isZero();
            assertThat(answer.properties().text(Prop.AUTHENTICATION_METHOD)).isEqualTo("JWT");
            Instant next = start.plusMillis(1000L * i);
            while (Instant.now().isBefore(next)) {
                publisher.published(publish(lab.topic("x"), "m" + sent).qos(1), 1 + sent % 60_000);
                assertThat(client.take().text()).isEqualTo("m" + sent++);
            }
        }
        assertThat(sent).isGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aPublishToAuthRefreshRenewsInEveryVersionAndReachesNobody(Version version) {
        RawClient watcher = spy().subscribed("$auth/#", 0).subscribed("#", 0);
        RawClient client = lab.connect(version, with(connect(lab.id("a")), desk.token("ann", Duration.ofSeconds(2))));

        client.send(publish(REFRESH, desk.token("ann")).qos(1).packetId(4));
        client.expectAck(PacketType.PUBACK, 4);
        client.send(publish(REFRESH, desk.token("ann")).retained());
        client.send(publish(REFRESH, desk.token("ann")).qos(2).packetId(5));
        client.expectAck(PacketType.PUBREC, 5);
        client.send(Packets.ack(PacketType.PUBREL, 5));
        assertThat(client.expect(PacketType.PUBCOMP).packetId()).isEqualTo(5);

        RawClient old = lab.connect(version, with(connect(lab.id("b")), desk.token("ann", Duration.ofSeconds(2))));
        if (version.isV5()) {
            old.expect(PacketType.DISCONNECT);
        }
        old.expectClosed();
        client.expectAlive();
        watcher.expectAlive();
    }

    @Test
    void aRenewalWhoseSignatureIsCheckedElsewhereIsAnsweredInItsPlace() {
        String token = desk.elliptic("ann", Duration.ofMinutes(5), Map.of());
        String next = desk.elliptic("ann", Duration.ofMinutes(6), Map.of());
        RawClient client =
                lab.connect(Version.V3_1_1, connect(lab.id("a")).userName("u").password(token));

        client.send(
                publish(REFRESH, next).qos(1).packetId(4),
                publish("ann/x", "after").qos(1).packetId(5));

        client.expectAck(PacketType.PUBACK, 4);
        client.expectAck(PacketType.PUBACK, 5);
    }

    @Test
    void aRefreshThroughATopicAliasIsARefreshToo() {
        RawClient watcher = spy().subscribed("$auth/#", 0);
        RawClient client = lab.connect(Version.V5, with(connect(lab.id("a")), desk.token("ann")));

        client.send(publish(REFRESH, desk.token("ann")).qos(1).packetId(4).with(Prop.TOPIC_ALIAS, 1));
        client.expectAck(PacketType.PUBACK, 4);
        client.send(publish("", desk.token("bob")).qos(1).packetId(5).with(Prop.TOPIC_ALIAS, 1));

        refusedIn(Version.V5, client.expect(PacketType.PUBACK), 5);
        watcher.expectAlive();
    }

    /**
     * A refused refresh closed the connection without an acknowledgement; a client that keeps what is in flight, as MQTT.js
     * does, sent it again on each connection that it made, for ever.
     */
    @ParameterizedTest
    @EnumSource(Version.class)
    void aRefusedRefreshIsAcknowledgedAndLeavesTheConnectionAsItIs(Version version) {
        String good = desk.token("ann");
        for (String bad : List.of(
                desk.token("bob"),
                good + "x",
                "",
                "no token",
                "x".repeat(70_000),
                desk.token("ann", Duration.ofSeconds(-1)),
                desk.elliptic("ann", Duration.ofMinutes(5), Map.of()))) {
            RawClient client = lab.connect(version, with(lab.anonymous(), good));

            client.send(publish(REFRESH, bad).qos(1).packetId(4));
            refusedIn(version, client.expect(PacketType.PUBACK), 4);
            client.send(publish(REFRESH, bad).qos(2).packetId(5));
            refusedIn(version, client.expect(PacketType.PUBREC), 5);
            if (!version.isV5()) { // in MQTT 5 the exchange has ended
                client.send(Packets.ack(PacketType.PUBREL, 5));
                client.expectAck(PacketType.PUBCOMP, 5);
            }
            client.send(publish(REFRESH, bad));
            client.expectAlive();
            client.send(publish(REFRESH, desk.token("ann")).qos(1).packetId(6));
            assertThat(client.expect(PacketType.PUBACK).reason()).isZero();
            client.disconnect();
        }
    }

    private static void refusedIn(Version version, Packet ack, int packetId) {
        assertThat(ack.packetId()).isEqualTo(packetId);
        if (version.isV5()) {
            assertThat(ack.reason()).isEqualTo(NOT_AUTHORIZED);
            assertThat(ack.properties().text(Prop.REASON_STRING))
                    .isEqualTo("the token is refused; the one before counts on");
        }
    }

    /** What a client repeats when it comes back may be several, and the token of each may have ended meanwhile. */
    @ParameterizedTest
    @EnumSource(Version.class)
    void refreshesThatAreRepeatedInOneBreathAreEachAcknowledgedInTheirOrder(Version version) {
        RawClient client = lab.connect(version, with(kept(lab.id("a")), desk.token("ann")));
        Outgoing[] repeated = new Outgoing[8];
        for (int i = 0; i < repeated.length; i++) {
            String token = i % 2 == 0 ? desk.elliptic("ann", Duration.ofMinutes(5), Map.of()) : desk.token("ann");
            repeated[i] = publish(REFRESH, token).qos(1).packetId(i + 1).duplicate();
        }

        client.send(repeated);

        for (int i = 0; i < repeated.length; i++) {
            Packet ack = client.expect(PacketType.PUBACK);
            assertThat(ack.packetId()).isEqualTo(i + 1);
            assertThat(ack.reason()).isEqualTo(version.isV5() && i % 2 == 0 ? NOT_AUTHORIZED : 0);
        }
        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aRefreshThatEndsSoonerDoesNotShorten(Version version) {
        RawClient client = lab.connect(version, with(connect(lab.id("a")), desk.token("ann", Duration.ofMinutes(10))));
        RawClient witness = lab.connect(version, with(connect(lab.id("b")), desk.token("ann", Duration.ofSeconds(3))));

        client.send(publish(REFRESH, desk.token("ann", Duration.ofSeconds(2)))
                .qos(1)
                .packetId(4));
        assertThat(client.expect(PacketType.PUBACK).reason()).isZero();

        if (version.isV5()) {
            witness.expect(PacketType.DISCONNECT);
        }
        witness.expectClosed();
        client.expectAlive();
    }

    @Test
    void theRightsOfARefreshThatEndsSoonerEndWithItAndThoseBeforeHoldAgain() {
        RawClient client = lab.connect(
                Version.V5, with(connect(lab.id("a")), desk.allowing("ann", lab.topic("before"), lab.topic("both"))));
        String sooner = desk.token(
                "ann",
                Duration.ofSeconds(3),
                Map.of("acl", TokenIssuer.acl(List.of(lab.topic("after")), List.of(lab.topic("both")))));

        client.send(publish(REFRESH, sooner).qos(1).packetId(4));
        client.expectAck(PacketType.PUBACK, 4);
        client.send(publish(lab.topic("after"), "x").qos(1).packetId(5));
        assertThat(client.expect(PacketType.PUBACK).reason()).isNotEqualTo(NOT_AUTHORIZED);

        await().untilAsserted(() -> {
            client.send(publish(lab.topic("after"), "x").qos(1).packetId(6));
            assertThat(client.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);
        });
        client.send(publish(lab.topic("before"), "x").qos(1).packetId(7));
        assertThat(client.expect(PacketType.PUBACK).reason()).isNotEqualTo(NOT_AUTHORIZED);
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aRefreshAtQos2EndsWithoutAnError(Version version) {
        RawClient client = lab.connect(version, with(connect(lab.id("a")), desk.token("ann")));

        client.send(publish(REFRESH, desk.token("ann")).qos(2).packetId(5));
        client.expectAck(PacketType.PUBREC, 5);
        client.send(publish(REFRESH, desk.token("ann")).qos(2).packetId(5).duplicate());
        client.expectAck(PacketType.PUBREC, 5);
        client.send(Packets.ack(PacketType.PUBREL, 5));

        assertThat(client.expect(PacketType.PUBCOMP).reason()).isZero();
    }

    /** A client answers each PUBREC: the second PUBREL was told 0x92, and one whose repeat was refused was told it at the first. */
    @ParameterizedTest
    @EnumSource(Version.class)
    void aRepeatedRefreshAtQos2IsAnsweredAsTheFirstWasAndSoIsEachPubrel(Version version) {
        RawClient client = lab.connect(version, with(connect(lab.id("a")), desk.token("ann")));
        String ended = desk.token("ann", Duration.ofSeconds(-1));

        client.send(
                publish(REFRESH, desk.token("ann")).qos(2).packetId(5),
                publish(REFRESH, ended).qos(2).packetId(5).duplicate());
        for (int i = 0; i < 2; i++) {
            assertThat(client.expectAck(PacketType.PUBREC, 5).reason()).isZero();
        }
        client.send(publish(REFRESH, ended).qos(2).packetId(5).duplicate());
        assertThat(client.expectAck(PacketType.PUBREC, 5).reason()).isZero();

        for (int i = 0; i < 3; i++) {
            client.send(Packets.ack(PacketType.PUBREL, 5));
            assertThat(client.expectAck(PacketType.PUBCOMP, 5).reason()).isZero();
        }
        client.send(Packets.ack(PacketType.PUBREL, 5));
        assertThat(client.expect(PacketType.PUBCOMP).reason()).isEqualTo(version.isV5() ? 0x92 : 0);
    }

    @Test
    void aRefusedRefreshAtQos2EndsItsExchange() {
        RawClient client = lab.connect(Version.V5, with(connect(lab.id("a")), desk.token("ann")));
        String ended = desk.token("ann", Duration.ofSeconds(-1));

        for (int i = 0; i < 2; i++) {
            client.send(publish(REFRESH, ended).qos(2).packetId(5));
            assertThat(client.expect(PacketType.PUBREC).reason()).isEqualTo(NOT_AUTHORIZED);
        }
        client.send(publish(REFRESH, desk.token("ann")).qos(2).packetId(5));
        assertThat(client.expectAck(PacketType.PUBREC, 5).reason()).isZero();
        client.send(Packets.ack(PacketType.PUBREL, 5));
        assertThat(client.expectAck(PacketType.PUBCOMP, 5).reason()).isZero();
        client.expectAlive();
    }

    @Test
    void aRefusedTokenIsToldInTheLogByTheCheckThatItFailed() throws Exception {
        try (GatewayProcess process = GatewayProcess.start(desk.settings(), List.of());
                Lab own = new Lab(process)) {
            RawClient client = own.connect(Version.V3_1_1, with(connect(own.id("a")), desk.token("ann")));
            String expired = desk.token("ann", Duration.ofSeconds(-1));

            client.send(publish(REFRESH, expired).qos(1).packetId(4));
            client.expectAck(PacketType.PUBACK, 4);
            own.open(Version.V5)
                    .send(connect(own.id("b")).password(desk.token("bob") + "x"))
                    .expectRefused(4, 0x86);

            await().until(() -> process.hasLogged("token refused", own.id("a"), "in=\"PUBLISH\"", "why=\"expired\"")
                    && process.hasLogged("token refused", own.id("b"), "in=\"CONNECT\"", "why=\"signature\""));
            assertThat(process.hasLogged(expired)).isFalse();
        }
    }

    @Test
    void reauthenticationAsAnotherSubjectIsRefused() {
        RawClient client = lab.connect(Version.V5, enhanced(connect(lab.id("a")), desk.token("ann")));

        client.send(reauthenticate(desk.token("bob")));

        client.expectDisconnected(NOT_AUTHORIZED);
    }

    @Test
    void authOfAClientThatBeganWithAPasswordIsAProtocolError() { // [MQTT-4.12.0-6]
        RawClient client = lab.connect(Version.V5, with(connect(lab.id("a")), desk.token("ann")));

        client.send(reauthenticate(desk.token("ann")));

        client.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @Test
    void aFloodOfAuthsClosesOnlyItsConnectionAndIsJudgedOneAtATime() {
        RawClient other = everything("other");
        RawClient client = lab.connect(Version.V5, enhanced(connect(lab.id("a")).userName("ann"), elliptic(0)));
        Outgoing[] flood = new Outgoing[200];
        for (int i = 0; i < flood.length; i++) {
            flood[i] = reauthenticate(elliptic(i + 1));
        }

        client.send(flood);

        Packet answer = client.expectAny();
        while (answer.type() == PacketType.AUTH) { // those judged before the next one came
            answer = client.expectAny();
        }
        assertThat(answer.type()).isEqualTo(PacketType.DISCONNECT);
        assertThat(answer.reason()).isEqualTo(Reason.PROTOCOL_ERROR);
        other.expectAlive();
    }

    private String elliptic(int number) {
        return desk.elliptic("ann", Duration.ofMinutes(5), Map.of("jti", lab.id("jti" + number)));
    }

    @Test
    void aRenewalWithFewerRightsDropsSubscriptionsAndSaysSo() {
        RawClient client = lab.connect(Version.V5, enhanced(kept(lab.id("a")), desk.token("ann")))
                .subscribed(lab.topic("open"), 1)
                .subscribed(lab.topic("shut"), 1)
                .subscribed(lab.shared("g", "shut"), 1);
        RawClient publisher = everything("p");

        client.send(reauthenticate(desk.allowing("ann", lab.topic("open"))));

        assertThat(client.expect(PacketType.AUTH).properties().text(Prop.REASON_STRING))
                .isEqualTo("subscriptions no longer allowed and dropped: 2");
        publisher.published(publish(lab.topic("shut"), "no").qos(1), 1);
        publisher.published(publish(lab.topic("open"), "yes").qos(1), 2);
        assertThat(client.take().text()).isEqualTo("yes");
        client.send(publish(lab.topic("shut"), "x").qos(1).packetId(8));
        assertThat(client.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);
        client.disconnect();
        publisher.published(publish(lab.topic("shut"), "no").qos(1), 3);
        lab.connect(Version.V5, enhanced(kept(lab.id("a")), desk.token("ann"))).expectAlive();
    }

    /** It was sent all the same, and ended the connection. */
    @Test
    void aRenewalIsNotToldInMoreWordsThanTheClientTakes() { // [MQTT-3.15.2-2]
        for (int most : new int[] {45, 120}) {
            RawClient client = lab.connect(
                            Version.V5,
                            enhanced(connect(lab.id("a")), desk.token("ann")).with(Prop.MAXIMUM_PACKET_SIZE, most))
                    .subscribed(lab.topic("shut"), 1);

            client.send(reauthenticate(desk.allowing("ann", lab.topic("open"))));

            Packet answer = client.expect(PacketType.AUTH);
            assertThat(answer.size()).isLessThanOrEqualTo(most);
            assertThat(answer.properties().has(Prop.REASON_STRING)).isEqualTo(most == 120);
            client.expectAlive();
        }
    }

    @Test
    void aRenewalWithMoreRightsGivesThem() {
        RawClient client =
                lab.connect(Version.V5, enhanced(connect(lab.id("a")), desk.allowing("ann", lab.topic("open"))));

        client.send(reauthenticate(desk.allowing("ann", lab.topic("open"), lab.topic("shut"))));

        client.expect(PacketType.AUTH);
        client.subscribed(lab.topic("shut"), 1);
    }

    @Test
    void aWillThatARenewalNoLongerAllowsIsNotPublished() {
        RawClient watcher = everything("w").subscribed(lab.topic("#"), 0);
        RawClient client = lab.connect(
                Version.V5, enhanced(connect(lab.id("a")).will(publish(lab.topic("will"), "gone")), desk.token("ann")));

        client.send(reauthenticate(desk.allowing("ann", lab.topic("open"))));
        client.expect(PacketType.AUTH);
        client.vanish();

        watcher.expectAlive();
    }

    // ---- revocation

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRevocationClosesTheLiveConnectionWithinTwoSecondsAndRefusesTheNext(boolean byId) {
        String token = desk.token(lab.id("ann"), Duration.ofMinutes(5), Map.of("jti", lab.id("jti")));
        String other = desk.token(lab.id("bob"), Duration.ofMinutes(5), Map.of("jti", lab.id("other")));
        RawClient revoked = lab.connect(Version.V5, with(kept(lab.id("a")), token));
        RawClient untouched = lab.connect(Version.V5, with(connect(lab.id("b")), other));
        Instant now = Instant.now();

        new Operator(gateway).revoke(byId ? "jti" : "subject", lab.id(byId ? "jti" : "ann"));

        Packet farewell = revoked.expect(PacketType.DISCONNECT);
        assertThat(Duration.between(now, Instant.now())).isLessThan(Duration.ofSeconds(2));
        assertThat(farewell.reason()).isEqualTo(NOT_AUTHORIZED);
        assertThat(farewell.properties().text(Prop.REASON_STRING)).isEqualTo("token revoked");
        untouched.expectAlive();
        lab.open(Version.V5).send(with(kept(lab.id("a")), token)).expectRefused(5, NOT_AUTHORIZED);
    }

    @Test
    void aRenewalWithARevokedTokenIsRefused() {
        new Operator(gateway).revoke("jti", lab.id("jti"));
        RawClient client = lab.connect(Version.V5, enhanced(connect(lab.id("a")), desk.token("ann")));

        client.send(reauthenticate(desk.token("ann", Duration.ofMinutes(5), Map.of("jti", lab.id("jti")))));

        client.expectDisconnected(NOT_AUTHORIZED);
    }
}
