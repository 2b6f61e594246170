// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Client;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.client.Phase;
import dev.holdfast.gateway.codec.Framer;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PacketEncoder;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.protocol.rules.ClaimedPacketSize;
import dev.holdfast.gateway.protocol.rules.EndCauses;
import dev.holdfast.gateway.protocol.rules.Heed;
import dev.holdfast.gateway.protocol.rules.Legality;
import dev.holdfast.gateway.protocol.rules.RawConnect;
import dev.holdfast.gateway.trace.ClientTrace;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttVersion;
import org.jspecify.annotations.Nullable;

/**
 * The input of one connection: cuts its bytes into packets, and passes each legal packet to the handler of its family, as long
 * as {@link Pacing} has it take packets. On the connection's thread.
 */
final class Input implements Framer.Sink {
    /** What is told of messages that are not released, in bytes, where more are held. */
    private static final int MOST_TOLD = Integer.MAX_VALUE / 2;
    /** With so many PUBLISH packets waiting, the packet behind them waits, instead of all being dealt with at once. */
    private static final int MANY_PUBLISHES = 256;

    private final Connection connection;
    private final Framer framer;
    private int publishesWaiting;
    /** Whether the last call of {@link #keeps} has told the wire of more than nothing. */
    private boolean keepsInput;

    private @Nullable SubscriptionBarrier barrier;
    private OversizeHandler.@Nullable Skipped oversize;
    /** While the end is being decided: what still counts of the input that has not been taken. */
    private @Nullable Heed heed;

    Input(Connection connection) {
        this.connection = connection;
        this.framer = new Framer(
                connection.services().limits().maxPacketSizeBeforeAuth().asInt());
    }

    private Client client() {
        return connection.client();
    }

    private LoopTools tools() {
        return connection.tools();
    }

    private ProtocolServices services() {
        return connection.services();
    }

    private Handlers handlers() {
        return connection.handlers();
    }

    // ---- bytes in

    /** Bytes came; the buffer is the loop's. */
    void received(byte[] buffer, int offset, int length) {
        if (client().isOver()) {
            return;
        }
        try {
            framer.feed(buffer, offset, length, this);
            if (keepsInput || framer.heldCapacity() > 0) {
                keeps(); // what a PUBLISH of QoS 2 leaves behind, its handler has told
            }
        } catch (MalformedPacketException e) {
            refuse(e);
        } catch (RuntimeException fault) {
            client().failed(fault);
        }
    }

    /** Tells the wire what is kept of input: of a packet that is not whole, and of messages that are not released. */
    void keeps() {
        long unreleased = client().hasSession() ? connection.session().inboundBytes() : 0;
        int unfinished = framer.heldCapacity();
        keepsInput = unfinished > 0 || unreleased > 0;
        connection.wire().keeps(unfinished, (int) Math.min(MOST_TOLD, unreleased));
    }

    /** The client has been accepted: its packets may be longer from now on. */
    void accepted() {
        framer.maxPacketBytes(services().limits().maxPacketSize().asInt());
    }

    @Override
    public boolean takes(byte first) {
        if (heed != null) {
            return true;
        }
        MqttMessageType type = typeOf(first);
        if (publishesWaiting >= MANY_PUBLISHES && type != MqttMessageType.PUBLISH) {
            connection.pacing().pause(Pacing.OTHERS_TURN); // which is over when they have been dealt with
            return false;
        }
        return barrier == null || !barrier.holds(type);
    }

    private static MqttMessageType typeOf(byte first) {
        return MqttMessageType.valueOf((first >> 4) & 0x0F);
    }

    /** Takes one whole packet from the framer; false stops it until {@link #resume}. */
    @Override
    public boolean packet(byte[] buffer, int offset, int length) throws MalformedPacketException {
        MqttMessageType type = typeOf(buffer[offset]);
        tools().packets.received(type.value());
        connection.liveness().packetTaken();
        if (client().isOver()) {
            return false;
        }
        if (!Legality.allows(client().phase(), type)) {
            client().end(client().phase() == Phase.AWAITING_CONNECT ? Outcome.NOT_A_CONNECT : Outcome.PROTOCOL_ERROR);
            return false;
        }
        if (heed != null
                && !heed.counts(type, buffer[offset], connection.session().isKept())) {
            return true;
        }
        if (type != MqttMessageType.PUBLISH) {
            dealWithArrived();
            if (client().isOver()) {
                return false; // one of them has been the end
            }
        }
        dispatch(type, buffer, offset, length);
        return takesMore(length, type == MqttMessageType.PUBLISH);
    }

    /** Counts a packet that has been taken; returns whether the next one may be. */
    private boolean takesMore(int length, boolean isPublish) {
        Pacing pacing = connection.pacing();
        pacing.taken(length, isPublish);
        return (!pacing.isPaused() || heed != null) && client().isAccepted();
    }

    /** Takes the packets that have been read and not been taken. */
    void resume() {
        guardPacket(() -> {
            framer.resume(this);
            keeps();
        });
    }

    /** Deals with each PUBLISH that has been read and waits: the packets of one connection keep their order. */
    private void dealWithArrived() {
        if (hasPublishesWaiting()) {
            tools().dealWithArrivedOf(connection);
        }
    }

    /** Counts the PUBLISH packets of this connection that have been read and not been dealt with. */
    void publishesWaiting(int more) {
        publishesWaiting += more;
    }

    /** Whether a PUBLISH has been read and not been dealt with. */
    boolean hasPublishesWaiting() {
        return publishesWaiting > 0;
    }

    private void dispatch(MqttMessageType type, byte[] buffer, int offset, int length) throws MalformedPacketException {
        switch (type) {
            case PUBLISH -> handlers().publish().handle(connection, buffer, offset, length);
            case SUBSCRIBE -> handlers().subscribe().handle(connection, buffer, offset, length);
            case UNSUBSCRIBE -> handlers().unsubscribe().handle(connection, buffer, offset, length);
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
                tools().ack
                        .decode(
                                buffer,
                                offset,
                                length,
                                connection.version(),
                                services().decodeLimits());
                acknowledged(type, tools().ack.packetId(), tools().ack.reasonCode());
            }
            case CONNECT -> {
                introduce(buffer, offset, length);
                dispatch(type, decoded(buffer, offset, length));
            }
            default -> dispatch(type, decoded(buffer, offset, length));
        }
    }

    private void acknowledged(MqttMessageType type, int packetId, int reasonCode) {
        ClientTrace trace = client().trace();
        if (trace != null) {
            TraceWords.acknowledgementReceived(trace, type, packetId, reasonCode);
        }
        if (type == MqttMessageType.PUBREL) {
            handlers().publish().release(connection, packetId);
        } else {
            handlers().acknowledge().handle(connection, type, packetId, reasonCode);
        }
    }

    private void introduce(byte[] connect, int offset, int length) {
        boolean isBridge = RawConnect.takeBridgeBit(connect, offset, length);
        MqttVersion version = RawConnect.versionOf(connect, offset, length);
        if (version == MqttVersion.MQTT_3_1) {
            framer.speaksV31();
        }
        int maxPacketBytes =
                version == MqttVersion.MQTT_5 ? ClaimedPacketSize.of(connect, offset, length) : Integer.MAX_VALUE;
        connection.introduced(version, isBridge, maxPacketBytes);
    }

    private MqttMessage decoded(byte[] buffer, int offset, int length) throws MalformedPacketException {
        return tools().decoder
                .decode(buffer, offset, length, connection.version(), services().decodeLimits());
    }

    private void dispatch(MqttMessageType type, MqttMessage message) {
        ClientTrace trace = client().trace();
        if (trace != null) {
            TraceWords.received(trace, type);
        }
        switch (type) {
            case CONNECT -> handlers().connect().handle(connection, message);
            case PINGREQ -> {
                connection.pacing().counts(1);
                connection.send(PacketEncoder.pingResp(), MqttMessageType.PINGRESP);
            }
            case DISCONNECT -> handlers().disconnect().handle(connection, message);
            case AUTH -> handlers().auth().handle(connection, message);
            default -> throw new IllegalStateException("a client does not send " + type);
        }
    }

    // ---- a PUBLISH over the limit, which goes by

    @Override
    public boolean skips(byte[] buffer, int from, int to, int length) {
        return handlers().oversize().skips(connection, buffer, from, to, length);
    }

    @Override
    public void skipping(byte[] head, int headLength, int length) throws MalformedPacketException {
        dealWithArrived();
        if (client().isAccepted()) {
            tools().packets.received(MqttMessageType.PUBLISH.value());
            oversize = handlers().oversize().begins(connection, head, headLength, length);
        }
    }

    @Override
    public boolean skipped(int length) {
        OversizeHandler.Skipped answered = oversize;
        oversize = null;
        connection.liveness().packetTaken();
        if (answered != null && client().isAccepted()) {
            handlers().oversize().answer(connection, answered);
        }
        return takesMore(length, true);
    }

    /** Behind which what the client publishes waits until its SUBSCRIBE or UNSUBSCRIBE is stored. */
    SubscriptionBarrier barrier() {
        SubscriptionBarrier present = barrier;
        if (present == null) {
            present = new SubscriptionBarrier(connection);
            barrier = present;
        }
        return present;
    }

    /** Nothing has to wait behind this barrier. */
    void opened(SubscriptionBarrier past) {
        if (barrier == past) {
            barrier = null;
        }
    }

    /** A part of what is done about a packet. */
    @FunctionalInterface
    interface PacketStep {
        /** Does it. */
        void run() throws MalformedPacketException;
    }

    /** Deals with something of a packet; what is wrong with it, or fails, ends this connection and no other. */
    void guardPacket(PacketStep step) {
        try {
            step.run();
        } catch (MalformedPacketException e) {
            refuse(e);
        } catch (RuntimeException fault) {
            client().failed(fault);
        }
    }

    private void refuse(MalformedPacketException malformed) {
        dealWithArrived(); // what came before was in order
        if (framer.isLost()) {
            tools().packets.received(0);
        } else if (malformed.kind() == MalformedPacketException.Kind.QUOTA_EXCEEDED) {
            services().metrics().refused(Refused.USER_PROPERTIES);
        }
        connection.end(EndCauses.of(malformed.kind()), malformed.getMessage());
    }

    // ---- its end

    /** Whether nothing has come from the client, not even a part of a packet. */
    boolean isMute() {
        return client().phase() == Phase.AWAITING_CONNECT && !framer.hasBegun();
    }

    /** Whether a packet has begun that is not whole. */
    boolean isMidPacket() {
        return framer.isMidPacket();
    }

    /** Whether something of it has come and has not been dealt with. */
    boolean isLeft() {
        return framer.heldBytes() > 0
                || hasPublishesWaiting()
                || connection.pacing().hasLongPackets();
    }

    /** How many bytes have come and have not been taken. */
    int heldBytes() {
        return framer.heldBytes();
    }

    /** Whether what is left of the input is dealt with all at once, before acknowledgements can leave that it waits for. */
    boolean isHeardOut() {
        return heed != null;
    }

    /** Handles bytes that were read and not handled before the connection ended, as far as they still count. A DISCONNECT among them ends it. */
    void hearOut(Heed atTheEnd) {
        if (atTheEnd == Heed.NOTHING) {
            return;
        }
        heed = atTheEnd;
        try {
            if (connection.pacing().isPaused()) {
                connection.pacing().finishLongPackets();
                framer.resume(this);
            }
            dealWithArrived();
        } catch (MalformedPacketException e) {
            Client.LOG.debug("what was left of the input of {} is malformed", client().id(), e);
        } finally {
            heed = null;
        }
        client().owesRate();
    }

    /** The connection ends: each PUBLISH that has been read is dealt with. */
    void finish() {
        dealWithArrived();
    }

    /** Lets go of what is kept, and refuses what follows. */
    void letGo() {
        framer.close();
    }
}
