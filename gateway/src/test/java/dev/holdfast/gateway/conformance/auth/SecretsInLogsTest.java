// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.auth;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.Operator;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in which secrets come in every way, good and bad; then everything the gateway has said is searched for them. */
final class SecretsInLogsTest {
    private static final String PASSWORD = "hunter2-is-the-password";
    private static final String PAYLOAD = "payload-that-is-nobodys-business";

    @TempDir
    private Path directory;

    private final List<String> tokens = new ArrayList<>();
    private final StringBuilder said = new StringBuilder();

    private String shown(String token) {
        tokens.add(token);
        return token;
    }

    @Test
    void noTokenPasswordOrPayloadIsInTheLogTheMetricsOrWhatClientsAreTold() throws Exception {
        TokenDesk desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.addAll(List.of(
                "auth.jwt.cookie=hf",
                "auth.jwt.query-parameter=token",
                "websocket.allowed-origins=https://app.example",
                "log.level=debug"));

        GatewayProcess gateway = GatewayProcess.start(settings, List.of());
        try (gateway;
                Lab lab = new Lab(gateway)) {
            for (Version version : Version.values()) {
                byPassword(lab, desk, version);
                refused(lab, desk, version);
                renewed(lab, desk, version);
            }
            byUpgrade(lab, desk);
            enhanced(lab, desk);
            malformed(lab, desk);
            revoked(lab, desk);
            said.append(HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
        }
        said.append(Files.readString(gateway.log()));
        said.append(Files.readString(gateway.log().resolveSibling(gateway.log().getFileName() + ".out")));

        assertThat(said)
                .contains("bad_credentials", "token_rejected", "closed client=", "topic alias invalid", "a-jti");
        assertThat(tokens)
                .hasSizeGreaterThan(20)
                .allSatisfy(token -> assertThat(said)
                        .doesNotContain(token)
                        .doesNotContain(token.substring(token.lastIndexOf('.') + 1))
                        .doesNotContain(token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'))));
        assertThat(said).doesNotContain(PASSWORD).doesNotContain(PAYLOAD);
    }

    private void byPassword(Lab lab, TokenDesk desk, Version version) {
        RawClient client = lab.connect(
                version,
                lab.anonymous()
                        .userName("u")
                        .password(shown(desk.token("ann")))
                        .will(publish(lab.topic("w"), PAYLOAD)));
        client.subscribed(lab.topic(version + "/#"), 1);
        client.published(publish(lab.topic(version + "/x"), PAYLOAD).qos(1).retained(), 1);
        client.expectPublish(PAYLOAD);
        client.send(publish("$SYS/x", PAYLOAD));
        client.close();
        // Ends are whole seconds: one of a second may be over before it is shown.
        lab.connect(version, lab.anonymous().userName("u").password(shown(desk.token("ann", Duration.ofSeconds(2)))))
                .next();
    }

    private void refused(Lab lab, TokenDesk desk, Version version) {
        String good = shown(desk.token("ann"));
        for (String bad : List.of(
                PASSWORD,
                PASSWORD + "." + PASSWORD + "." + PASSWORD,
                good + "x",
                shown(desk.token("ann", Duration.ofSeconds(-1))),
                shown(desk.token("ann", Duration.ofMinutes(1), Map.of("acl", "garbled"))))) {
            RawClient client = lab.open(version);
            client.send(lab.anonymous().userName("u").password(bad));
            note(client.next());
        }
    }

    private void renewed(Lab lab, TokenDesk desk, Version version) {
        RawClient client = lab.connect(version, lab.anonymous().userName("u").password(shown(desk.token("ann"))));
        client.send(publish("$auth/refresh", shown(desk.token("ann"))).qos(1).packetId(3));
        client.expectAck(PacketType.PUBACK, 3);
        client.send(publish("$auth/refresh", shown(desk.token("bob"))).qos(1).packetId(4));
        note(client.next());
    }

    private void byUpgrade(Lab lab, TokenDesk desk) throws IOException {
        for (boolean good : List.of(true, false)) {
            Duration lifetime = good ? Duration.ofMinutes(5) : Duration.ofSeconds(-1);
            for (OpeningHandshake way : List.of(
                    handshake().header("Authorization", "Bearer " + shown(desk.token("ann", lifetime))),
                    handshake().subprotocol("mqtt, bearer." + shown(desk.token("bob", lifetime))),
                    handshake()
                            .origin("https://app.example")
                            .header("Cookie", "hf=" + shown(desk.token("cyd", lifetime))),
                    handshake().path("/mqtt?token=" + shown(desk.token("dee", lifetime))))) {
                RawClient client = lab.over(WebSocketChannel.open(lab.gateway().wsPort(), way), Version.V5);
                client.send(lab.anonymous());
                note(client.next());
                client.trySend(publish(lab.topic("x"), PAYLOAD).with(Prop.TOPIC_ALIAS, 0));
                note(client.next());
                client.next();
                said.append(client.webSocket().closeReason()).append('\n');
            }
        }
        // Upgrades that are refused carry their secrets too.
        for (OpeningHandshake way : List.of(
                handshake().path("/nowhere?token=" + shown(desk.token("eve"))),
                handshake().origin("https://evil.example").header("Cookie", "hf=" + shown(desk.token("fay"))),
                handshake().subprotocol("bearer." + shown(desk.token("gus"))),
                handshake()
                        .header("Authorization", "Bearer " + shown(desk.token("hal")))
                        .version("8"))) {
            TcpChannel channel = TcpChannel.open(lab.gateway().wsPort());
            OpeningHandshake.Answer answer = way.send(channel, lab.gateway().wsPort());
            assertThat(answer.status()).isGreaterThanOrEqualTo(400);
            said.append(answer.headers()).append(rest(channel)).append('\n');
        }
    }

    private void enhanced(Lab lab, TokenDesk desk) {
        RawClient client = lab.connect(
                Version.V5,
                lab.anonymous()
                        .with(Prop.AUTHENTICATION_METHOD, "JWT")
                        .with(Prop.AUTHENTICATION_DATA, bytes(shown(desk.token("ann")))));
        client.send(Packets.auth(0x19)
                .with(Prop.AUTHENTICATION_METHOD, "JWT")
                .with(Prop.AUTHENTICATION_DATA, bytes(shown(desk.token("bob")))));
        note(client.next());
    }

    private void malformed(Lab lab, TokenDesk desk) {
        byte[] packet = connect(lab.id("m")).password(shown(desk.token("ann"))).encode(Version.V5);
        packet[packet.length - 1] = 0;
        packet[12] = (byte) 0xFF;
        RawClient client = lab.open(Version.V5);
        client.sendBytes(packet);
        note(client.next());
        RawClient connected = lab.connect(Version.V5, lab.anonymous().password(shown(desk.token("ann"))));
        connected.send(publish(lab.topic("x"), PAYLOAD).with(Prop.TOPIC_ALIAS, 0));
        note(connected.next());
    }

    /** An operator who pastes the token itself where its jti is wanted. */
    private void revoked(Lab lab, TokenDesk desk) {
        Operator operator = new Operator(lab.gateway());
        operator.revoke("jti", "a-jti");
        assertThat(operator.tryRevoke("jti", shown(desk.token("ann")))).isEqualTo(400);
        assertThat(operator.tryRevoke("subject", shown(desk.token("ann")))).isEqualTo(400);
        said.append(operator.list());
    }

    private static String rest(TcpChannel channel) throws IOException {
        StringBuilder body = new StringBuilder();
        byte[] some = new byte[4096];
        for (int count = channel.read(some, 5_000); count > 0; count = channel.read(some, 5_000)) {
            body.append(new String(some, 0, count, StandardCharsets.ISO_8859_1));
        }
        return body.toString();
    }

    private void note(@Nullable Packet packet) {
        if (packet != null && packet.properties().has(Prop.REASON_STRING)) {
            said.append(packet.properties().text(Prop.REASON_STRING)).append('\n');
        }
    }

    private static byte[] bytes(String token) {
        return token.getBytes(StandardCharsets.US_ASCII);
    }
}
