// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

/** Every way a token may come, and what a CONNECT without a good one is told. */
final class TokenConnectTest {
    @TempDir
    private static Path directory;

    private static TokenDesk desk;
    private static InProcessGateway gateway;

    private Lab lab;

    @BeforeAll
    static void start() {
        desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.addAll(List.of(
                "auth.jwt.cookie=hf",
                "auth.jwt.query-parameter=token",
                "websocket.allowed-origins=https://app.example"));
        gateway = InProcessGateway.start(settings);
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

    @ParameterizedTest
    @EnumSource(Version.class)
    void aTokenAsPasswordIsAccepted(Version version) {
        lab.connect(version, connect(lab.id("a")).userName("any").password(desk.token("ann")))
                .expectAlive();
    }

    @Test
    void aTokenAsPasswordNeedsNoUserNameInMqtt5() {
        lab.connect(Version.V5, connect(lab.id("a")).password(desk.token("ann")))
                .expectAlive();
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void aTokenWhoseSignatureIsCheckedElsewhereIsAccepted(Version version) {
        String token = desk.elliptic("ann", Duration.ofMinutes(5), Map.of());

        lab.connect(version, connect(lab.id("a")).userName("ann").password(token))
                .expectAlive();
    }

    @Test
    void packetsSentBehindAConnectThatIsStillJudgedAreServedAfterIt() {
        String token = desk.elliptic("ann", Duration.ofMinutes(5), Map.of());
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).userName("ann").password(token), Packets.PINGREQ);

        assertThat(client.expect(PacketType.CONNACK).reason()).isZero();
        client.expect(PacketType.PINGRESP);
    }

    @Test
    void aTokenInEnhancedAuthenticationIsAccepted() { // [MQTT-4.12.0-5]
        RawClient client = lab.connect(
                Version.V5,
                connect(lab.id("a"))
                        .with(Prop.AUTHENTICATION_METHOD, "JWT")
                        .with(Prop.AUTHENTICATION_DATA, desk.token("ann").getBytes(StandardCharsets.US_ASCII)));

        assertThat(client.connack().properties().text(Prop.AUTHENTICATION_METHOD))
                .isEqualTo("JWT");
    }

    @Test
    void aTokenInTheUpgradeRequestIsAcceptedInEachOfItsPlaces() {
        String token = desk.token("ann");
        List<OpeningHandshake> ways = List.of(
                handshake().header("Authorization", "Bearer " + token),
                handshake().subprotocol("mqtt, bearer." + token),
                handshake().origin("https://app.example").header("Cookie", "a=b; hf=" + token),
                handshake().path("/mqtt?token=" + token));

        for (OpeningHandshake way : ways) {
            lab.over(WebSocketChannel.open(gateway.wsPort(), way), Version.V5)
                    .connected(lab.anonymous())
                    .expectAlive();
        }
    }

    @Test
    void aCookieWithoutAnOriginIsNoToken() {
        OpeningHandshake handshake = handshake().header("Cookie", "hf=" + desk.token("ann"));
        RawClient client = lab.over(WebSocketChannel.open(gateway.wsPort(), handshake), Version.V5);

        client.send(lab.anonymous());

        client.expectRefused(4, 0x86);
    }

    @Test
    void aBadPasswordIsNotMadeGoodByTheUpgradeRequest() {
        OpeningHandshake handshake = handshake().header("Authorization", "Bearer " + desk.token("ann"));
        RawClient client = lab.over(WebSocketChannel.open(gateway.wsPort(), handshake), Version.V5);

        client.send(lab.anonymous().password("no token"));

        client.expectRefused(4, 0x86);
    }

    @ParameterizedTest
    @EnumSource(
            value = Version.class,
            names = {"V3_1_1", "V5"})
    void withoutAGoodTokenEveryConnectIsToldTheSame(Version version) {
        String good = desk.token("ann");
        List<Connect> bad = List.of(
                connect(lab.id("a")),
                connect(lab.id("a")).userName("ann"),
                connect(lab.id("a")).userName("ann").password("secret"),
                connect(lab.id("a")).userName("ann").password(good.substring(0, good.lastIndexOf('.') + 1)),
                connect(lab.id("a")).userName("ann").password(good + "x"),
                connect(lab.id("a")).userName("ann").password(desk.token("ann", Duration.ofSeconds(-1))));

        for (Connect each : bad) {
            RawClient client = lab.open(version);
            client.send(each);
            client.expectRefused(4, 0x86);
        }
    }

    @Test
    void aRefusalNeverSaysWhichPartFailed() {
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).password(desk.token("ann", Duration.ofSeconds(-1))));

        assertThat(client.expect(PacketType.CONNACK).properties().text(Prop.REASON_STRING))
                .isEqualTo("bad user name or password");
    }

    @Test
    void aLongTokenInSmallPiecesIsAccepted() { // netty #15349
        String token = desk.token("ann", Duration.ofMinutes(5), Map.of("pad", "x".repeat(5000)));
        byte[] packet = connect(lab.id("a")).password(token).encode(Version.V5);
        RawClient client = lab.open(Version.V5);

        for (int at = 0; at < packet.length; at += 100) {
            client.sendBytes(java.util.Arrays.copyOfRange(packet, at, Math.min(packet.length, at + 100)));
        }

        assertThat(client.expect(PacketType.CONNACK).reason()).isZero();
    }

    @Test
    void aTokenLongerThanAllowedIsRefused() {
        String token = desk.token("ann", Duration.ofMinutes(5), Map.of("pad", "x".repeat(9000)));
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).password(token));

        client.expectRefused(4, 0x86);
    }
}
