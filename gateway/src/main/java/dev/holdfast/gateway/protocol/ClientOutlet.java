// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Agreement;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.EncodedPublish;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.protocol.rules.OutboundAliases;
import dev.holdfast.gateway.session.connection.ClientFacts;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.spans.MessageSpans;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.Message;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What one client is sent: PUBLISH and PUBREL packets of its session, in its protocol version and within its limits. */
final class ClientOutlet implements Outlet {
    /** A message up to this size, in bytes, is sent to a client that has read everything before, even when memory is short. */
    private static final int LITTLE = 4 * 1024;

    /** The least that {@code limits.outbound-drop-bytes} may be: behind less there is always room. */
    private static final int SMALLEST_BOUND = 1024;

    private final Connection connection;
    // What a PUBLISH needs of the connection is here too: a fan-out costs what memory it touches.
    private final Wire wire;
    private final ProtocolServices services;
    private final LoopTools tools;
    private final MqttVersion version;
    private final int maxPacketBytes;
    private final @Nullable OutboundAliases aliases;
    /** When the connection began: the delay of messages that arrived earlier is not counted, since they waited for the client. */
    private final long sinceMillis;

    /**
     * The outlet of an accepted connection.
     *
     * @param aliasMaximum the client's Topic Alias Maximum, 0 for none
     */
    ClientOutlet(Connection connection, int aliasMaximum) {
        this.connection = connection;
        this.wire = connection.wire();
        this.services = connection.services();
        this.tools = connection.tools();
        this.version = connection.version();
        this.maxPacketBytes = connection.clientMaxPacketBytes();
        this.sinceMillis = wire.loop().nowMillis();
        this.aliases = aliasMaximum > 0 ? new OutboundAliases(aliasMaximum) : null;
    }

    @Override
    public boolean hasRoom() {
        int pending = wire.pendingBytes();
        return (pending < SMALLEST_BOUND || hasRoomBehind(pending)) && wire.isOpen();
    }

    private boolean hasRoomBehind(int pending) {
        return pending < services.outboundDropBytes()
                && (pending < LITTLE || pending < services.memory().mostOfOne(Kind.OUTPUT));
    }

    @Override
    public boolean hasRoomFor(Message message) {
        if (!hasRoom()) {
            return false;
        }
        int bytes = message.heldBytes();
        MemoryAccount memory = services.memory();
        if (bytes <= LITTLE || message.isHeld() || memory.hasRoom(Kind.OUTPUT, bytes)) {
            return true;
        }
        memory.refused(Kind.OUTPUT);
        return false;
    }

    @Override
    public boolean publish(
            Message message, int packetId, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers) {
        EncodedPublish encoded = encode(message, qos, retain, subscriptionIdentifiers);
        if (encoded.length() > maxPacketBytes) {
            services.metrics().dropped(Dropped.TOO_LARGE); // [MQTT-3.1.2-25]
            dropped(message, Dropped.TOO_LARGE);
            return false;
        }
        byte[] bytes = encoded.bytes();
        int offset = encoded.packetIdOffset();
        if (offset >= 0) {
            bytes[0] = (byte) (dup ? bytes[0] | 0x08 : bytes[0] & ~0x08);
            bytes[offset] = (byte) (packetId >>> 8);
            bytes[offset + 1] = (byte) packetId;
        }
        wire.write(bytes, encoded.headLength(), message);
        ClientTrace trace = trace();
        if (trace != null) {
            TraceWords.publishSent(trace, message, packetId, qos, retain, dup);
        }
        MessageSpans spans = services.spans();
        if (spans != null) {
            spans.delivered(message, qos, retain, tools.thread().nowMillis());
        }
        // The one place where a PUBLISH leaves, whatever brought it here.
        tools.packets.publishSent(qos);
        if (message.arrivedAtMillis() >= sinceMillis && !message.isRetain()) {
            tools.packets.delivered(qos, tools.thread().nowMillis() - message.arrivedAtMillis());
        }
        return true;
    }

    private @Nullable ClientTrace trace() {
        return services.clients().traces().areSome() ? connection.client().trace() : null;
    }

    private EncodedPublish encode(Message message, int qos, boolean retain, int[] subscriptionIdentifiers) {
        if (aliases != null) {
            int alias = aliases.of(message.topic());
            if (alias != 0) {
                EncodedPublish aliased = EncodedPublish.of(
                        message,
                        version,
                        qos,
                        retain,
                        subscriptionIdentifiers,
                        Math.abs(alias),
                        alias > 0,
                        tools.thread().nowMillis());
                if (alias < 0 || aliased.length() <= maxPacketBytes) {
                    return aliased;
                }
                // The client would not learn the alias; and without it the packet may be small enough.
                aliases.forgetNewest(message.topic());
            }
        }
        return tools.publications.of(
                message,
                version,
                qos,
                retain,
                subscriptionIdentifiers,
                tools.thread().nowMillis());
    }

    @Override
    public void dropped(@Nullable Message message, Dropped cause) {
        ClientTrace trace = trace();
        if (trace != null) {
            String topic = message == null ? null : message.topic();
            trace.tell("message dropped", "cause", cause.name().toLowerCase(Locale.ROOT), "topic", topic);
        }
    }

    @Override
    public void retrace() {
        connection.client().retrace();
    }

    @Override
    public void pubrel(int packetId) {
        connection.send(MqttMessageType.PUBREL, packetId, 0);
    }

    @Override
    public void takenOver() {
        connection.client().end(Outcome.SESSION_TAKEN_OVER);
    }

    @Override
    public void kicked() {
        connection.client().end(Outcome.ADMINISTRATIVE_ACTION);
    }

    @Override
    public void disconnected() {
        connection.client().end(Outcome.DISCONNECTED_BY_OPERATOR);
    }

    @Override
    public void keepFor(Duration expiry) {
        connection.client().keepFor(expiry);
    }

    @Override
    public ClientFacts facts() {
        Agreement agreed = connection.client().agreement();
        return new ClientFacts(
                connection.connectedBy(),
                agreed == null ? 0 : agreed.keepAliveSeconds(),
                agreed == null ? Duration.ZERO : agreed.expiry(),
                connection.client().identity().expiresAt());
    }

    @Override
    public void shutDown() {
        boolean elsewhere = services.serverReference() != null;
        connection.client().end(elsewhere ? Outcome.USE_ANOTHER_SERVER : Outcome.SERVER_SHUTTING_DOWN);
    }

    @Override
    public void moved() {
        connection.client().end(Outcome.SERVER_MOVED);
    }

    @Override
    public void sessionLost() {
        connection.client().end(Outcome.SESSION_LOST);
    }

    @Override
    public void storeFailed() {
        connection.client().end(Outcome.STORE_UNAVAILABLE);
    }
}
