// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A CONNECT under construction (MQTT 5.0 section 3.1): clean start, keep alive 60 s unless said otherwise. */
public final class Connect extends WithProperties<Connect> {
    private final String clientId;
    private boolean cleanStart = true;
    private int keepAliveSeconds = 60;
    private @Nullable Publish will;
    private @Nullable String userName;
    private byte @Nullable [] password;
    private int flagsToo;

    public Connect(String clientId) {
        this.clientId = clientId;
    }

    public static Connect connect(String clientId) {
        return new Connect(clientId);
    }

    /** A session that is kept: clean start off, and an expiry of ten minutes in MQTT 5.0. */
    public static Connect kept(String clientId) {
        return new Connect(clientId).cleanStart(false).with(Prop.SESSION_EXPIRY_INTERVAL, 600);
    }

    @Override
    protected Connect self() {
        return this;
    }

    public Connect cleanStart(boolean clean) {
        cleanStart = clean;
        return this;
    }

    public Connect keepAlive(int seconds) {
        keepAliveSeconds = seconds;
        return this;
    }

    /** The will, with its topic, payload, QoS, RETAIN and properties. */
    public Connect will(Publish message) {
        will = message;
        return this;
    }

    public Connect userName(String name) {
        userName = name;
        return this;
    }

    public Connect password(byte[] secret) {
        password = secret;
        return this;
    }

    public Connect password(String secret) {
        return password(secret.getBytes(StandardCharsets.UTF_8));
    }

    /** Sets further bits of the connect flags, whatever the payload holds. */
    public Connect flagsToo(int bits) {
        flagsToo = bits;
        return this;
    }

    @Override
    public byte[] encode(Version version) {
        return encode(version, version.protocolName, version.level);
    }

    public byte[] encode(Version version, String protocolName, int level) {
        int flags = (cleanStart ? 0x02 : 0) | flagsToo;
        if (will != null) {
            flags |= 0x04 | (will.qos() << 3) | (will.isRetain() ? 0x20 : 0);
        }
        if (userName != null) {
            flags |= 0x80;
        }
        if (password != null) {
            flags |= 0x40;
        }
        ByteWriter out =
                new ByteWriter().string(protocolName).one(level).one(flags).two(keepAliveSeconds);
        writeProperties(out, version);
        out.string(clientId);
        if (will != null) {
            will.writeProperties(out, version);
            out.string(will.topic()).binary(will.payload());
        }
        if (userName != null) {
            out.string(userName);
        }
        if (password != null) {
            out.binary(password);
        }
        return ByteWriter.packet(PacketType.CONNECT, 0, out.toBytes());
    }
}
