// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A packet that the gateway sent, taken apart; what must not stand in it fails the test. */
public final class Packet {
    private final byte[] bytes;
    private final PacketType type;
    private final int flags;
    private String topic = "";
    private int packetId;
    private int ackFlags;
    private final List<Integer> reasons = new ArrayList<>();
    private Properties properties = new Properties();
    private byte[] payload = new byte[0];

    /**
     * Takes a whole packet apart.
     *
     * @param bytes the packet with its fixed header
     * @param bodyOffset where its fixed header ends
     */
    public Packet(byte[] bytes, int bodyOffset, Version version) {
        this.bytes = bytes;
        this.type = PacketType.of((bytes[0] & 0xFF) >>> 4);
        this.flags = bytes[0] & 0x0F;
        ByteReader in = new ByteReader(bytes, bodyOffset, bytes.length);
        boolean v5 = version.isV5();
        switch (type) {
            case CONNACK -> {
                ackFlags = in.one();
                reasons.add(in.one());
                if (v5 && in.remaining() > 0) {
                    properties = Properties.read(in);
                }
            }
            case PUBLISH -> {
                topic = in.string();
                packetId = qos() > 0 ? in.two() : 0;
                if (v5) {
                    properties = Properties.read(in);
                }
                payload = in.raw(in.remaining());
            }
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
                packetId = in.two();
                reasons.add(v5 && in.remaining() > 0 ? in.one() : 0);
                if (v5 && in.remaining() > 0) {
                    properties = Properties.read(in);
                }
            }
            case SUBACK, UNSUBACK -> {
                packetId = in.two();
                if (v5) {
                    properties = Properties.read(in);
                }
                while (in.remaining() > 0) {
                    reasons.add(in.one());
                }
            }
            case DISCONNECT, AUTH -> {
                reasons.add(in.remaining() > 0 ? in.one() : 0);
                if (in.remaining() > 0) {
                    properties = Properties.read(in);
                }
            }
            case PINGRESP -> {}
            default -> throw new AssertionError("a server never sends " + this);
        }
        if (in.remaining() > 0) {
            throw new AssertionError(in.remaining() + " bytes too many in " + this);
        }
        if (type != PacketType.PUBLISH && flags != (type == PacketType.PUBREL ? 2 : 0)) {
            throw new AssertionError("wrong fixed header flags [MQTT-2.1.3-1] in " + this);
        }
    }

    public PacketType type() {
        return type;
    }

    public int qos() {
        return (flags >>> 1) & 3;
    }

    public boolean isRetain() {
        return (flags & 1) != 0;
    }

    public boolean isDup() {
        return (flags & 8) != 0;
    }

    public boolean isSessionPresent() {
        return (ackFlags & 1) != 0;
    }

    public int ackFlags() {
        return ackFlags;
    }

    public int packetId() {
        return packetId;
    }

    public String topic() {
        return topic;
    }

    public byte[] payload() {
        return payload;
    }

    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    public Properties properties() {
        return properties;
    }

    /** The return or reason code of a packet that has one. */
    public int reason() {
        if (reasons.size() != 1) {
            throw new AssertionError("expected one reason code in " + this);
        }
        return reasons.get(0);
    }

    /** The codes of SUBACK and UNSUBACK, in order. */
    public List<Integer> reasons() {
        return reasons;
    }

    public int size() {
        return bytes.length;
    }

    @Override
    public String toString() {
        String hex = Hex.of(bytes);
        return type + "[" + (hex.length() > 300 ? hex.substring(0, 300) + "..." : hex) + "]";
    }
}
