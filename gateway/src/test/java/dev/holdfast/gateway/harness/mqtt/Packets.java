// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** The small packets. */
public final class Packets {
    public static final Outgoing PINGREQ = Outgoing.hex("c0 00");

    private Packets() {}

    /** PUBACK, PUBREC, PUBREL or PUBCOMP in its shortest form, which means success. */
    public static Outgoing ack(PacketType type, int packetId) {
        return version -> ByteWriter.packet(
                type,
                type == PacketType.PUBREL ? 2 : 0,
                new ByteWriter().two(packetId).toBytes());
    }

    /** PUBACK, PUBREC, PUBREL or PUBCOMP of MQTT 5.0 with a reason code. */
    public static Outgoing ack(PacketType type, int packetId, int reason) {
        return version -> ByteWriter.packet(
                type,
                type == PacketType.PUBREL ? 2 : 0,
                new ByteWriter().two(packetId).one(reason).toBytes());
    }

    /** DISCONNECT in its shortest form, which means a normal one. */
    public static Outgoing disconnect() {
        return Outgoing.hex("e0 00");
    }

    /** DISCONNECT of MQTT 5.0 with a reason code. */
    public static Tail disconnect(int reason) {
        return new Tail(PacketType.DISCONNECT, reason);
    }

    /** AUTH with a reason code. */
    public static Tail auth(int reason) {
        return new Tail(PacketType.AUTH, reason);
    }

    /** A packet that is a reason code and properties. */
    public static final class Tail extends WithProperties<Tail> {
        private final PacketType type;
        private final int reason;

        private Tail(PacketType type, int reason) {
            this.type = type;
            this.reason = reason;
        }

        @Override
        protected Tail self() {
            return this;
        }

        @Override
        public byte[] encode(Version version) {
            ByteWriter out = new ByteWriter().one(reason);
            properties.write(out);
            return ByteWriter.packet(type, 0, out.toBytes());
        }
    }
}
