// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** The control packet types by number (MQTT 5.0 section 2.1.2). */
public enum PacketType {
    CONNECT(1),
    CONNACK(2),
    PUBLISH(3),
    PUBACK(4),
    PUBREC(5),
    PUBREL(6),
    PUBCOMP(7),
    SUBSCRIBE(8),
    SUBACK(9),
    UNSUBSCRIBE(10),
    UNSUBACK(11),
    PINGREQ(12),
    PINGRESP(13),
    DISCONNECT(14),
    AUTH(15);

    private final int number;

    PacketType(int number) {
        this.number = number;
    }

    public static PacketType of(int number) {
        for (PacketType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        throw new AssertionError("the gateway sent the forbidden packet type " + number);
    }

    public int number() {
        return number;
    }
}
