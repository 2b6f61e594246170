// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnTightGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Hex;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is refused or dropped is counted under a name of its own, so that an operator sees what is going on. */
@OnTightGateway
final class RefusalMetricsTest {
    /** What somebody does, and the series that counts it. */
    private record Counted(String series, Consumer<Lab> mischief) {
        @Override
        public String toString() {
            return series;
        }
    }

    static Stream<Counted> mischiefs() {
        return Stream.of(connects(), ends(), limits(), drops(), upgrades()).flatMap(Function.identity());
    }

    private static Stream<Counted> connects() {
        return Stream.of(
                ended("not_a_connect", lab -> lab.open(Version.V5).trySend(Packets.PINGREQ)),
                ended("connect_timeout", lab -> lab.open(Version.V5)),
                ended(
                        "unsupported_protocol_version",
                        lab -> lab.open(Version.V5)
                                .trySend(version -> connect("a").encode(Version.V5, "MQTT", 6))),
                refused(
                        "unsupported_protocol_version",
                        lab -> lab.open(Version.V5)
                                .trySend(version -> connect("a").encode(Version.V5, "MQTT", 6))),
                refused("client_identifier_not_valid", connecting(connect("i".repeat(24)))),
                refused("malformed_packet", connecting(connect("a").flagsToo(1))),
                refused("bad_credentials", connecting(connect("a").password("ey.ey.ey"))),
                refused("bad_authentication_method", connecting(connect("a").with(Prop.AUTHENTICATION_METHOD, "none"))),
                refused("quota_exceeded", connecting(connect("a").will(publish("w", new byte[51])))),
                limited("will_bytes", connecting(connect("a").will(publish("w", new byte[51])))),
                limited(
                        "user_properties",
                        connecting(connect("a")
                                .userProperty("a", "")
                                .userProperty("b", "")
                                .userProperty("c", "")
                                .userProperty("d", ""))),
                received("invalid", lab -> lab.open(Version.V5).trySend(Outgoing.hex("00 00"))),
                limited("client_id", connecting(connect("i".repeat(24)))));
    }

    private static Consumer<Lab> connecting(Connect connect) {
        return lab -> lab.open(Version.V5).trySend(connect);
    }

    private static Stream<Counted> ends() {
        return Stream.of(
                ended("malformed_packet", sending(lab -> Outgoing.hex("00 00"))),
                received("invalid", sending(lab -> Outgoing.hex("00 00"))),
                received("invalid", sending(lab -> Outgoing.hex("30 ff ff ff ff 7f"))),
                received("invalid", sending(lab -> publish("a", new byte[5_000]))),
                ended("protocol_error", sending(lab -> connect(lab.id("b")))),
                ended(
                        "keep_alive_timeout",
                        lab -> lab.connect(Version.V5, lab.anonymous().keepAlive(1))),
                ended("session_taken_over", lab -> {
                    lab.connect(Version.V5, connect(lab.id("two")));
                    lab.connect(Version.V5, connect(lab.id("two")));
                }),
                ended("topic_filter_invalid", sending(lab -> subscribe("", 0))),
                ended("topic_name_invalid", sending(lab -> publish("#", ""))),
                ended("topic_alias_invalid", sending(lab -> publish("a", "").with(Prop.TOPIC_ALIAS, 3))),
                ended("packet_too_large", sending(lab -> publish("a", new byte[5_000]))),
                ended(
                        "quota_exceeded",
                        sending(lab -> publish("a", "")
                                .userProperty("a", "")
                                .userProperty("b", "")
                                .userProperty("c", "")
                                .userProperty("d", ""))),
                ended(
                        "payload_format_invalid",
                        sending(lab -> publish("a", new byte[] {-1}).with(Prop.PAYLOAD_FORMAT_INDICATOR, 1))),
                ended("receive_maximum_exceeded", lab -> {
                    RawClient client = lab.connect(Version.V5);
                    for (int i = 1; i <= 6; i++) {
                        client.trySend(publish(lab.topic("a"), "").exactlyOnce(i));
                    }
                }),
                ended("websocket_violation", lab -> {
                    RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET);
                    try {
                        client.webSocket().writeRaw(Hex.parse("81 80 00 00 00 00"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
    }

    private static Consumer<Lab> sending(Function<Lab, Outgoing> packet) {
        return lab -> lab.connect(Version.V5).trySend(packet.apply(lab));
    }

    private static Stream<Counted> limits() {
        return Stream.of(
                limited(
                        "filters_per_subscribe",
                        sending(lab -> subscribe(1)
                                .to("a", 0)
                                .to("b", 0)
                                .to("c", 0)
                                .to("d", 0)
                                .to("e", 0))),
                filterRefused(
                        "filters_per_subscribe",
                        sending(lab -> subscribe(1)
                                .to("a", 0)
                                .to("b", 0)
                                .to("c", 0)
                                .to("d", 0)
                                .to("e", 0))),
                filterRefused("subscriptions", lab -> {
                    RawClient client = lab.connect(Version.V5);
                    for (int i = 0; i < 7; i++) {
                        client.send(subscribe(lab.topic("s" + i), 0));
                    }
                }),
                filterRefused("invalid", sending(lab -> subscribe("a/#/b", 0))),
                limited("subscriptions", lab -> {
                    RawClient client = lab.connect(Version.V5);
                    for (int i = 0; i < 7; i++) {
                        client.send(subscribe(lab.topic("s" + i), 0));
                    }
                }),
                limited(
                        "retained",
                        sending(lab -> publish(lab.topic("r"), new byte[101]).retained())),
                limited("retained_per_subscribe", lab -> {
                    RawClient client = lab.connect(Version.V5);
                    for (int i = 0; i < 4; i++) {
                        client.published(publish(lab.topic("r" + i), "x").qos(1).retained(), 1);
                    }
                    lab.connect(Version.V5).subscribed(lab.topic("+"), 0).expectPublishes(3);
                    for (int i = 0; i < 4; i++) {
                        client.published(publish(lab.topic("r" + i), "").qos(1).retained(), 1);
                    }
                }));
    }

    private static Stream<Counted> drops() {
        return Stream.of(
                dropped("not_authorized", sending(lab -> publish("$SYS/a", "x"))),
                dropped("not_authorized", sending(lab -> publish("$SYS/a", "x").atLeastOnce(1))),
                dropped("not_authorized", connecting(connect("a").will(publish("$SYS/a", "w")))),
                dropped("payload_format_invalid", sending(RefusalMetricsTest::notUtf8)),
                dropped("too_large", lab -> {
                    lab.connect(Version.V5, lab.anonymous().with(Prop.MAXIMUM_PACKET_SIZE, 50))
                            .subscribed(lab.topic("a"), 0);
                    lab.connect(Version.V5).send(publish(lab.topic("a"), new byte[100]));
                }),
                dropped("expired", lab -> {
                    RawClient client = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
                    client.subscribed(lab.topic("a"), 1);
                    RawClient publisher = lab.connect(Version.V5);
                    publisher.published(publish(lab.topic("a"), "1").qos(1), 1);
                    publisher.published(publish(lab.topic("a"), "2").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 0), 2);
                    client.take();
                }),
                dropped("queue_full", lab -> {
                    lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1))
                            .subscribed(lab.topic("a"), 1);
                    RawClient publisher = lab.connect(Version.V5);
                    for (int i = 0; i < 1_002; i++) {
                        publisher.send(publish(lab.topic("a"), "").atLeastOnce(1 + i));
                        publisher.expect(PacketType.PUBACK);
                    }
                }));
    }

    private static Stream<Counted> upgrades() {
        return Stream.of(
                limited("path", upgrading(handshake().path("/mqtt/"))),
                limited("not_an_upgrade", upgrading(handshake().requestLine("GET /mqtt HTTP/1.0"))),
                limited("method", upgrading(handshake().requestLine("POST /mqtt HTTP/1.1"))),
                limited("version", upgrading(handshake().version("8"))),
                limited("subprotocol", upgrading(handshake().subprotocol("chat"))),
                limited("body", upgrading(handshake().header("Content-Length", "4"))),
                limited("handshake", upgrading(handshake().requestLine("\u0000"))),
                limited("handshake", lab -> TcpChannel.open(lab.gateway().wsPort())));
    }

    private static Consumer<Lab> upgrading(OpeningHandshake handshake) {
        return lab -> {
            int port = lab.gateway().wsPort();
            TcpChannel channel = TcpChannel.open(port);
            lab.over(channel, Version.V5);
            handshake.send(channel, port);
        };
    }

    @ParameterizedTest
    @MethodSource("mischiefs")
    void isCounted(Counted counted, Lab lab) {
        double before = lab.gateway().metric(counted.series());

        counted.mischief().accept(lab);

        await().untilAsserted(
                        () -> assertThat(lab.gateway().metric(counted.series())).isGreaterThan(before));
    }

    /** It was counted as the lack of a permission. */
    @Test
    void aPayloadThatIsNotUtf8IsNotCountedAsDenied(Lab lab) {
        String denied = "mqtt_gateway_messages_dropped_total{cause=\"not_authorized\"}";
        double before = lab.gateway().metric(denied);

        lab.connect(Version.V5).send(notUtf8(lab)).expect(PacketType.PUBACK);

        assertThat(lab.gateway().metric(denied)).isEqualTo(before);
    }

    private static Publish notUtf8(Lab lab) {
        return publish(lab.topic("a"), new byte[] {-1}).atLeastOnce(1).with(Prop.PAYLOAD_FORMAT_INDICATOR, 1);
    }

    private static Counted ended(String reason, Consumer<Lab> mischief) {
        return new Counted("mqtt_gateway_disconnects_total{by=\"server\",reason=\"" + reason + "\"}", mischief);
    }

    private static Counted refused(String result, Consumer<Lab> mischief) {
        return new Counted("mqtt_gateway_connects_total{result=\"" + result + "\"}", mischief);
    }

    private static Counted limited(String kind, Consumer<Lab> mischief) {
        return new Counted("mqtt_gateway_rate_limited_total{kind=\"" + kind + "\"}", mischief);
    }

    private static Counted filterRefused(String cause, Consumer<Lab> mischief) {
        return new Counted("mqtt_gateway_filters_refused_total{cause=\"" + cause + "\"}", mischief);
    }

    private static Counted received(String type, Consumer<Lab> mischief) {
        return new Counted("mqtt_gateway_packets_received_total{type=\"" + type + "\"}", mischief);
    }

    private static Counted dropped(String cause, Consumer<Lab> mischief) {
        return new Counted("mqtt_gateway_messages_dropped_total{cause=\"" + cause + "\"}", mischief);
    }
}
