// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.file.Path;
import java.time.Duration;
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

/** Whose a session is, and what a token allows: at PUBLISH, will and SUBSCRIBE, and again at every delivery. */
final class PermissionTest {
    private static final int NOT_AUTHORIZED = 0x87;

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

    private RawClient everything(String name) {
        return lab.connect(Version.V5, connect(lab.id(name)).password(desk.token("root")));
    }

    private static Connect with(Connect connect, String token) {
        return connect.userName("u").password(token);
    }

    // ---- whose a session is (CVE-2026-33215)

    @ParameterizedTest
    @EnumSource(Version.class)
    void anotherPrincipalCannotTakeAClientIdentifierAndItsHolderNoticesNothing(Version version) {
        RawClient holder = lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")))
                .subscribed(lab.topic("x"), 1);
        RawClient thief = lab.open(version);

        thief.send(with(connect(lab.id("a")), desk.token("bob")));

        thief.expectRefused(5, NOT_AUTHORIZED);
        holder.expectAlive();
        everything("p").published(publish(lab.topic("x"), "still mine").qos(1), 1);
        holder.expectPublish("still mine");
    }

    @Test
    void aCleanStartOfAnotherPrincipalDeletesNothing() {
        lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")))
                .subscribed(lab.topic("x"), 1)
                .disconnect();
        everything("p").published(publish(lab.topic("x"), "queued").qos(1), 1);

        lab.open(Version.V5)
                .send(with(connect(lab.id("a")).cleanStart(true), desk.token("bob")))
                .expectRefused(5, NOT_AUTHORIZED);
        lab.open(Version.V5)
                .send(connect(lab.id("a")).cleanStart(true).password("wrong"))
                .expectRefused(4, 0x86);

        RawClient back = lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")));
        assertThat(back.connack().isSessionPresent()).isTrue();
        back.expectPublish("queued");
    }

    @Test
    void theSameSubjectOfAnotherIssuerIsAnotherPrincipal() {
        lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")));

        lab.open(Version.V5)
                .send(with(connect(lab.id("a")), desk.elliptic("ann", Duration.ofMinutes(1), Map.of())))
                .expectRefused(5, NOT_AUTHORIZED);
    }

    @Test
    void thePrincipalItselfTakesItsSessionOverWithAnotherToken() {
        RawClient before = lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")));

        RawClient after = lab.connect(Version.V5, with(kept(lab.id("a")), desk.allowing("ann", "#")));

        assertThat(after.connack().isSessionPresent()).isTrue();
        before.expectDisconnected(Reason.SESSION_TAKEN_OVER);
    }

    // ---- PUBLISH, will, SUBSCRIBE

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aPublishThatIsNotAllowedIsRefusedAndReachesNobody(int qos) {
        RawClient watcher = everything("w").subscribed(lab.topic("#"), 0);
        RawClient client = lab.connect(Version.V5, with(connect(lab.id("a")), desk.allowing("ann", lab.topic("mine"))));

        client.send(publish(lab.topic("yours"), "no").qos(qos).packetId(7));

        Packet answer = client.expect(qos == 1 ? PacketType.PUBACK : PacketType.PUBREC);
        assertThat(answer.reason()).isEqualTo(NOT_AUTHORIZED);
        client.send(publish(lab.topic("mine"), "yes"));
        watcher.expectPublish("yes");
        watcher.expectAlive();
    }

    @Test
    void mqtt3IsNotToldThatAPublishIsNotAllowedAndItReachesNobody() {
        RawClient watcher = everything("w").subscribed(lab.topic("#"), 0);
        RawClient client =
                lab.connect(Version.V3_1_1, with(connect(lab.id("a")), desk.allowing("ann", lab.topic("mine"))));

        client.published(publish(lab.topic("yours"), "no").qos(1), 1);
        client.published(publish(lab.topic("mine"), "yes").qos(1), 2);

        watcher.expectPublish("yes");
        watcher.expectAlive();
    }

    @Test
    void systemAndInternalTopicsAreReadOnlyWhateverATokenSays() {
        RawClient client = everything("a");

        for (String topic : List.of("$SYS/broker/load", "$SYS", "$auth/x", "$share/g/t", "$MQTT/x", "$x")) {
            client.send(publish(topic, "no").qos(1).packetId(7));
            assertThat(client.expect(PacketType.PUBACK).reason()).as(topic).isEqualTo(NOT_AUTHORIZED);
        }
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aWillThatIsNotAllowedIsNotPublishedAndKeepsNobodyOut(Version version) {
        String token = desk.allowing("ann", lab.topic("mine"));
        RawClient watcher = everything("watcher").subscribed(lab.topic("#"), 1);

        for (String topic : List.of(lab.topic("yours"), "$SYS/x")) {
            RawClient client = lab.connect(version, with(connect(lab.id("a")).will(publish(topic, "gone")), token));
            if (version.isV5()) {
                assertThat(client.connack().properties().text(Prop.REASON_STRING))
                        .contains("will may not be published");
            }
            client.vanish();
        }
        lab.connect(version, with(connect(lab.id("a")).will(publish(lab.topic("mine"), "gone")), token))
                .vanish();

        assertThat(watcher.take().topic()).isEqualTo(lab.topic("mine"));
    }

    @Test
    void stateOfABridgeMayBePublishedWhereARuleSaysSoAndNothingElseOfTheServersTopics() {
        String token = desk.allowing("ann", "$SYS/#");
        RawClient bridge = lab.connect(Version.V5, with(connect(lab.id("a")), token));
        RawClient other = everything("b");
        String state = "$SYS/broker/connection/" + lab.id("edge") + "/state";

        bridge.published(publish(state, "1").qos(1), 1);

        for (String topic : List.of("$SYS/broker/connection/state", "$SYS/broker/connection/a/b", "$SYS/broker/load")) {
            bridge.send(publish(topic, "no").atLeastOnce(2));
            assertThat(bridge.expect(PacketType.PUBACK).reason()).as(topic).isEqualTo(NOT_AUTHORIZED);
        }
        other.send(publish(state, "no").atLeastOnce(3));
        assertThat(other.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void eachFilterThatIsNotAllowedIsRefusedOnItsOwn(Version version) {
        RawClient client = lab.connect(version, with(connect(lab.id("a")), desk.allowing("ann", lab.topic("mine/#"))));

        client.send(subscribe(5)
                .to(lab.topic("mine/+"), 1)
                .to(lab.topic("#"), 1)
                .to("#", 0)
                .to("+/+/+", 0)
                .to("$share/g/#", 0)
                .to("$share/g/" + lab.topic("mine/x"), 0));

        int no = version.isV5() ? NOT_AUTHORIZED : 0x80;
        assertThat(client.expect(PacketType.SUBACK).reasons()).containsExactly(1, no, no, no, no, 0);
    }

    @Test
    void aClientIdentifierWithWildcardsWidensNothing() { // CVE-2017-7650, CVE-2026-44838
        for (String id : List.of("#", "+", "+/a", "${sub}", "../", ".*", "a|b")) {
            String token = desk.allowing("ann", "u/${clientid}/x");
            RawClient client = lab.connect(Version.V5, with(connect(id), token));

            client.send(subscribe(5).to("u/b/x", 0).to("#", 0).to("u/+/x", 0).to("u/#", 0));

            assertThat(client.expect(PacketType.SUBACK).reasons()).as(id).containsOnly(NOT_AUTHORIZED);
            client.disconnect();
        }
    }

    @Test
    void aTokenWithoutRulesWhereThereAreNoDefaultsMayDoNothing() {
        RawClient client = lab.connect(Version.V5, with(connect(lab.id("a")), desk.allowing("ann")));

        client.send(subscribe(5).to(lab.topic("a"), 0));
        assertThat(client.expect(PacketType.SUBACK).reasons()).containsExactly(NOT_AUTHORIZED);
        client.send(publish(lab.topic("a"), "x").qos(1).packetId(3));

        assertThat(client.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);
    }

    // ---- delivery (CVE-2018-12546, NATS 2026-26)

    @Test
    void aRetainedMessageIsOnlySentWhereItMayBeReceived() {
        everything("p")
                .published(publish(lab.topic("r/open"), "open").qos(1).retained(), 1)
                .published(publish(lab.topic("r/shut"), "shut").qos(1).retained(), 2);
        String token = desk.allowing("ann", lab.topic("r/open"));
        RawClient client = lab.connect(Version.V5, with(connect(lab.id("a")), token));

        client.send(subscribe(5).to(lab.topic("r/+"), 1).to(lab.topic("r/open"), 1));

        assertThat(client.expect(PacketType.SUBACK).reasons()).containsExactly(NOT_AUTHORIZED, 1);
        client.expectPublish("open");
        client.expectAlive();
    }

    @Test
    void whatWasQueuedIsNotSentToATokenThatMayNotReceiveItAndItsSubscriptionIsGone() {
        lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")))
                .subscribed(lab.topic("open"), 1)
                .subscribed(lab.topic("shut/#"), 1)
                .disconnect();
        RawClient publisher = everything("p");
        publisher.published(publish(lab.topic("shut/1"), "shut").qos(1), 1);
        publisher.published(publish(lab.topic("open"), "open").qos(1), 2);

        RawClient back = lab.connect(Version.V5, with(kept(lab.id("a")), desk.allowing("ann", lab.topic("open"))));

        assertThat(back.connack().isSessionPresent()).isTrue();
        assertThat(back.take().text()).isEqualTo("open");
        publisher.published(publish(lab.topic("shut/2"), "shut").qos(1), 3);
        publisher.published(publish(lab.topic("open"), "again").qos(1), 4);
        assertThat(back.take().text()).isEqualTo("again");
        back.send(Subscribe.unsubscribe(9, lab.topic("shut/#")));
        assertThat(back.expect(PacketType.UNSUBACK).reasons()).containsExactly(0x11);
    }

    @Test
    void aDenialWithinAWildcardHoldsLiveRetainedQueuedAndResumed() { // NATS 2026-26
        RawClient publisher = everything("p");
        publisher.published(publish(lab.topic("secret/r"), "retained").qos(1).retained(), 1);
        String denied = desk.token(
                "ann",
                Duration.ofMinutes(5),
                Map.of(
                        "acl",
                        List.of(
                                Map.of("permission", "deny", "action", "all", "topic", lab.topic("secret/#")),
                                Map.of("permission", "allow", "action", "all", "topic", "#"))));
        lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")))
                .subscribed(lab.topic("+/q"), 1)
                .disconnect();
        publisher.published(publish(lab.topic("secret/q"), "queued").qos(1), 2);
        publisher.published(publish(lab.topic("open/q"), "open").qos(1), 3);

        RawClient back = lab.connect(Version.V5, with(kept(lab.id("a")), denied));

        assertThat(back.take().text()).isEqualTo("open");
        back.send(subscribe(5)
                .to(lab.topic("#"), 1)
                .to(lab.topic("secret/r"), 1)
                .to(lab.topic("+/r"), 1)
                .to("$share/g/" + lab.topic("secret/+"), 1)
                .to(lab.topic("open/#"), 1));
        assertThat(back.expect(PacketType.SUBACK).reasons())
                .containsExactly(NOT_AUTHORIZED, NOT_AUTHORIZED, NOT_AUTHORIZED, NOT_AUTHORIZED, 1);
        publisher.published(publish(lab.topic("secret/r"), "live").qos(1), 4);
        back.send(publish(lab.topic("secret/x"), "no").qos(1).packetId(9));
        assertThat(back.expect(PacketType.PUBACK).reason()).isEqualTo(NOT_AUTHORIZED);
        back.expectAlive();
    }

    @Test
    void whatWasInFlightIsNotSentAgainToATokenThatMayNotReceiveIt() {
        RawClient client = lab.connect(Version.V5, with(kept(lab.id("a")), desk.token("ann")))
                .subscribed(lab.topic("+"), 1);
        RawClient publisher = everything("p");
        publisher.published(publish(lab.topic("shut"), "shut").qos(1), 1);
        publisher.published(publish(lab.topic("open"), "open").qos(1), 2);
        client.expectPublish("shut");
        client.expectPublish("open");
        client.vanish();

        RawClient back = lab.connect(Version.V5, with(kept(lab.id("a")), desk.allowing("ann", lab.topic("open"))));

        Packet again = back.take();
        assertThat(again.text()).isEqualTo("open");
        assertThat(again.isDup()).isTrue();
        back.expectAlive();
    }
}
