// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.util.ArrayList;
import java.util.List;

/** A SUBSCRIBE or UNSUBSCRIBE under construction (MQTT 5.0 sections 3.8 and 3.10). */
public final class Subscribe extends WithProperties<Subscribe> {
    public static final int NO_LOCAL = 0x04;
    public static final int RETAIN_AS_PUBLISHED = 0x08;
    public static final int RETAIN_IF_NEW = 0x10;
    public static final int RETAIN_NEVER = 0x20;

    private record Entry(String filter, int options) {}

    private final PacketType type;
    private final int packetId;
    private final List<Entry> entries = new ArrayList<>();

    private Subscribe(PacketType type, int packetId) {
        this.type = type;
        this.packetId = packetId;
    }

    public static Subscribe subscribe(int packetId) {
        return new Subscribe(PacketType.SUBSCRIBE, packetId);
    }

    public static Subscribe subscribe(String filter, int qos) {
        return subscribe(1).to(filter, qos);
    }

    public static Subscribe unsubscribe(int packetId, String... filters) {
        Subscribe packet = new Subscribe(PacketType.UNSUBSCRIBE, packetId);
        for (String filter : filters) {
            packet.to(filter, 0);
        }
        return packet;
    }

    @Override
    protected Subscribe self() {
        return this;
    }

    /** Adds a filter; the options are the QoS and the bits above. */
    public Subscribe to(String filter, int options) {
        entries.add(new Entry(filter, options));
        return this;
    }

    @Override
    public byte[] encode(Version version) {
        ByteWriter out = new ByteWriter().two(packetId);
        writeProperties(out, version);
        for (Entry entry : entries) {
            out.string(entry.filter);
            if (type == PacketType.SUBSCRIBE) {
                out.one(entry.options);
            }
        }
        return ByteWriter.packet(type, 2, out.toBytes());
    }
}
