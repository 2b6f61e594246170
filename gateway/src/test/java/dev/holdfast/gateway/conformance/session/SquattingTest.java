// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who has a token, and takes the client identifiers of others before they come: with the defaults it gets 50. One took
 * 5,171 in 25 seconds, and their owners were refused for up to a week.
 */
final class SquattingTest {
    private static final int MOST = 50;
    private static final long NEVER = 0xFFFFFFFFL;

    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static InProcessGateway gateway;
    private static Lab lab;

    @BeforeAll
    static void start() {
        desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.addAll(List.of(
                "dev=false",
                "api.write-token=" + ApiClient.WRITE,
                "limits.connect-rate=off",
                "limits.connect-rate-per-address=off",
                "limits.takeover-rate=off"));
        gateway = InProcessGateway.start(settings);
        lab = new Lab(gateway);
    }

    @AfterAll
    static void stop() throws Exception {
        lab.close();
        gateway.close();
    }

    private static RawClient keeping(String clientId, String subject) {
        return lab.open(Version.V5)
                .send(connect(clientId)
                        .cleanStart(false)
                        .with(Prop.SESSION_EXPIRY_INTERVAL, NEVER)
                        .password(desk.token(subject)));
    }

    private static void keeps(String clientId, String subject) {
        RawClient client = keeping(clientId, subject);
        assertThat(client.expect(PacketType.CONNACK).reason()).as(clientId).isZero();
        client.disconnect();
    }

    @Test
    void whoeverTakesTheIdentifiersOfOthersGetsFewAndAnyNumberOfItsOwn() throws Exception {
        for (int i = 0; i < MOST; i++) {
            keeps("phone-" + i, "mallory");
        }
        for (int i = MOST; i < MOST + 10; i++) {
            RawClient refused = keeping("phone-" + i, "mallory");
            Packet answer = refused.expect(PacketType.CONNACK);
            assertThat(answer.reason()).isEqualTo(Reason.QUOTA_EXCEEDED);
            assertThat(answer.properties().text(Prop.REASON_STRING)).contains("do not begin with the subject");
        }
        for (String others : List.of("malloryx", "mallory2", "Mallory-1", "mallor")) {
            keeping(others, "mallory").expectRefused(3, Reason.QUOTA_EXCEEDED);
        }

        for (int i = 0; i < 10; i++) {
            keeps("mallory-" + i, "mallory");
            keeps("phone-" + (MOST + i), "user" + i);
        }
        keeps("mallory", "mallory");
        keeps("phone-7", "mallory");
        lab.connect(Version.V5, connect("phone-clean").password(desk.token("mallory")));
        assertThat(gateway.metric("mqtt_gateway_rate_limited_total{kind=\"unbound_sessions_per_principal\"}"))
                .isEqualTo(14);
    }

    @Test
    void anIdentifierThatMayBeAnothersIsKeptForADayAtMost() {
        for (boolean isOwn : new boolean[] {true, false}) {
            RawClient client = keeping(isOwn ? "dave-phone" : "lamp", "dave");
            Packet answer = client.expect(PacketType.CONNACK);
            assertThat(answer.properties().number(Prop.SESSION_EXPIRY_INTERVAL)).isEqualTo(isOwn ? 7 * 86_400 : 86_400);
            client.disconnect();
        }
    }

    /** Nor for longer by what a DISCONNECT says. */
    @Test
    void whenTheTimeIsOverItsOwnerHasIt() {
        List<String> settings = new ArrayList<>(desk.settings());
        settings.addAll(List.of("dev=false", "session.max-unbound-expiry=1s", "session.sweep-interval=100ms"));
        try (InProcessGateway brief = InProcessGateway.start(settings);
                Lab other = new Lab(brief)) {
            Connect squat =
                    connect("lamp").with(Prop.SESSION_EXPIRY_INTERVAL, 1).password(desk.token("mallory"));
            other.connect(Version.V5, squat)
                    .send(Packets.disconnect(0x00).with(Prop.SESSION_EXPIRY_INTERVAL, NEVER))
                    .expectClosed();

            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                RawClient owner = other.open(Version.V5).send(connect("lamp").password(desk.token("owner")));
                assertThat(owner.expect(PacketType.CONNACK).reason()).isZero();
            });
        }
    }

    @Test
    void anOperatorGivesAnIdentifierBack() throws Exception {
        keeps("tablet", "carol");
        keeping("tablet", "owner").expectRefused(5, Reason.NOT_AUTHORIZED);

        new ApiClient(gateway, ApiClient.WRITE).expect(204, "DELETE", "/sessions/tablet", null);

        keeps("tablet", "owner");
    }
}
