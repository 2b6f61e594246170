// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * A good packet of a client.
 *
 * @param name what it is
 * @param version the version of its connection
 * @param bytes the whole packet
 */
public record Sample(String name, MqttVersion version, byte[] bytes) {
    /** The versions; fuzz inputs name them by their position here. */
    static final List<MqttVersion> VERSIONS = List.of(MqttVersion.MQTT_3_1, MqttVersion.MQTT_3_1_1, MqttVersion.MQTT_5);

    private static final String MQTT_3_1_1 = "00044d515454 04";

    private static final String MQTT_5 = "00044d515454 05";
    private static final String MQTT_3_1 = "00064d5149736470 03";

    /** The name, for the test reports. */
    @Override
    public String toString() {
        return name;
    }

    /** Whether it is a SUBSCRIBE or UNSUBSCRIBE. */
    public boolean hasFilters() {
        return (bytes[0] & 0xF0) == 0x80 || (bytes[0] & 0xF0) == 0xA0;
    }

    /** Whether it is a PUBACK, PUBREC, PUBREL or PUBCOMP. */
    public boolean isAcknowledgement() {
        int type = (bytes[0] & 0xF0) >>> 4;
        return type >= FixedHeader.PUBACK && type <= FixedHeader.PUBCOMP;
    }

    /** Whether it is a PUBLISH. */
    public boolean isPublish() {
        return (bytes[0] & 0xF0) == 0x30;
    }

    private static Sample v31(String name, byte[] packet) {
        return new Sample("3.1 " + name, MqttVersion.MQTT_3_1, packet);
    }

    private static Sample v311(String name, byte[] packet) {
        return new Sample("3.1.1 " + name, MqttVersion.MQTT_3_1_1, packet);
    }

    private static Sample v5(String name, byte[] packet) {
        return new Sample("5 " + name, MqttVersion.MQTT_5, packet);
    }

    /** Good packets of every type a client sends, in all three versions. */
    public static List<Sample> all() {
        return Stream.of(connects(), publishes(), acknowledgements(), subscriptions(), others())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Sample> connects() {
        return List.of(
                v31("connect", Bytes.hex(MQTT_3_1 + "02003c").string("old").packet(0x10)),
                v31(
                        "connect with everything",
                        Bytes.hex(MQTT_3_1 + "ee003c")
                                .string("old")
                                .string("will/topic")
                                .string("gone")
                                .string("user")
                                .string("secret")
                                .packet(0x10)),
                v311("connect", Bytes.hex(MQTT_3_1_1 + "02003c").string("c").packet(0x10)),
                v311(
                        "connect without client identifier",
                        Bytes.hex(MQTT_3_1_1 + "02003c").string("").packet(0x10)),
                v311(
                        "connect with everything",
                        Bytes.hex(MQTT_3_1_1 + "f6003c")
                                .string("über")
                                .string("will/ø")
                                .binary(new byte[] {0, 1, (byte) 0xFF})
                                .string("user")
                                .binary(new byte[] {0, 0, (byte) 0xFF})
                                .packet(0x10)),
                v5("connect", Bytes.hex(MQTT_5 + "02003c 00").string("c").packet(0x10)),
                v5(
                        "connect with a password only",
                        Bytes.hex(MQTT_5 + "42003c 00")
                                .string("c")
                                .string("token")
                                .packet(0x10)),
                v5("connect with everything", connectWithEverything()));
    }

    /** An MQTT 5 CONNECT with every property, also in its will. */
    public static byte[] connectWithEverything() {
        return Bytes.hex(MQTT_5 + "ce003c")
                .properties(Bytes.hex("11 00000e10  21 0020  27 00010000  22 0010  19 01  17 00")
                        .then("26")
                        .string("k")
                        .string("v")
                        .then("26")
                        .string("k")
                        .string("w")
                        .then("15")
                        .string("JWT")
                        .then("16")
                        .binary(new byte[] {1, 0, 2}))
                .string("client")
                .properties(Bytes.hex("18 0000000a  01 01  02 00000064")
                        .then("03")
                        .string("text/plain")
                        .then("08")
                        .string("answers/1")
                        .then("09")
                        .binary(new byte[] {9, 8})
                        .then("26")
                        .string("a")
                        .string("b"))
                .string("will")
                .string("gone €")
                .string("user")
                .string("secret")
                .packet(0x10);
    }

    private static List<Sample> publishes() {
        return List.of(
                v31("publish qos 0", Bytes.hex("").string("a/b").text("hello").packet(0x30)),
                v31(
                        "publish qos 1 dup",
                        Bytes.hex("").string("a/b").then("0007").text("hello").packet(0x3A)),
                v311("publish empty retained", Bytes.hex("").string("a/b").packet(0x31)),
                v311(
                        "publish qos 2",
                        Bytes.hex("").string("ä/€/😀").then("ffff").text("x").packet(0x34)),
                v311(
                        "publish of 20000 bytes",
                        Bytes.hex("").string("big").raw(new byte[20_000]).packet(0x30)),
                v5(
                        "publish qos 0",
                        Bytes.hex("").string("a/b").then("00").text("hello").packet(0x30)),
                v5(
                        "publish by alias",
                        Bytes.hex("0000").then("0001 03 23 0004").text("x").packet(0x32)),
                v5("publish with everything", publishWithEverything()));
    }

    /** An MQTT 5 PUBLISH with every property a client may send, QoS 2, DUP, RETAIN, packet identifier 4660. */
    public static byte[] publishWithEverything() {
        return Bytes.hex("")
                .string("a/b")
                .then("1234")
                .properties(Bytes.hex("01 01  02 0000003c")
                        .then("26")
                        .string("k1")
                        .string("v1")
                        .then("23 0005")
                        .then("08")
                        .string("answers/1")
                        .then("09")
                        .binary(new byte[] {0, 1})
                        .then("26")
                        .string("k1")
                        .string("v2")
                        .then("03")
                        .string("text/plain"))
                .text("héllo")
                .packet(0x3D);
    }

    private static List<Sample> acknowledgements() {
        Bytes reason = Bytes.hex("1f").string("why").then("26").string("k").string("v");
        return List.of(
                v31("puback", Bytes.hex("0001").packet(0x40)),
                v311("puback", Bytes.hex("0001").packet(0x40)),
                v311("pubrec", Bytes.hex("0102").packet(0x50)),
                v311("pubrel", Bytes.hex("0102").packet(0x62)),
                v311("pubcomp", Bytes.hex("ffff").packet(0x70)),
                v5("puback short", Bytes.hex("0001").packet(0x40)),
                v5("puback with a code", Bytes.hex("0001 10").packet(0x40)),
                v5("puback with an empty block", Bytes.hex("0001 00 00").packet(0x40)),
                v5(
                        "pubrec with a reason",
                        Bytes.hex("0001 97").properties(reason).packet(0x50)),
                v5(
                        "pubrel with a reason",
                        Bytes.hex("0001 92").properties(reason).packet(0x62)),
                v5(
                        "pubcomp with a reason",
                        Bytes.hex("0001 92").properties(reason).packet(0x70)));
    }

    private static List<Sample> subscriptions() {
        return List.of(
                v31("subscribe", Bytes.hex("0001").string("a/#").then("02").packet(0x82)),
                v311(
                        "subscribe",
                        Bytes.hex("0001")
                                .string("a/#")
                                .then("00")
                                .string("+/ö")
                                .then("01")
                                .string("$SYS/#")
                                .then("02")
                                .packet(0x82)),
                v311("unsubscribe", Bytes.hex("0002").string("a/#").string("b").packet(0xA2)),
                v5("subscribe", Bytes.hex("0001 00").string("a").then("2d").packet(0x82)),
                v5(
                        "subscribe with an identifier",
                        Bytes.hex("0001")
                                .properties(
                                        Bytes.hex("0b ffffff7f 26").string("k").string("v"))
                                .string("$share/g/a/#")
                                .then("1a")
                                .packet(0x82)),
                v5(
                        "unsubscribe",
                        Bytes.hex("0001")
                                .properties(Bytes.hex("26").string("k").string("v"))
                                .string("a")
                                .packet(0xA2)));
    }

    private static List<Sample> others() {
        return List.of(
                v31("pingreq", Bytes.hex("").packet(0xC0)),
                v31("disconnect", Bytes.hex("").packet(0xE0)),
                v311("pingreq", Bytes.hex("").packet(0xC0)),
                v311("disconnect", Bytes.hex("").packet(0xE0)),
                v5("pingreq", Bytes.hex("").packet(0xC0)),
                v5("disconnect", Bytes.hex("").packet(0xE0)),
                v5("disconnect with a code", Bytes.hex("04").packet(0xE0)),
                v5(
                        "disconnect with everything",
                        Bytes.hex("00")
                                .properties(Bytes.hex("11 0000000a 1f")
                                        .string("bye")
                                        .then("26")
                                        .string("k")
                                        .string("v"))
                                .packet(0xE0)),
                v5(
                        "auth",
                        Bytes.hex("19")
                                .properties(Bytes.hex("15")
                                        .string("JWT")
                                        .then("16")
                                        .binary("token".getBytes(StandardCharsets.US_ASCII))
                                        .then("1f")
                                        .string("renew"))
                                .packet(0xF0)));
    }
}
