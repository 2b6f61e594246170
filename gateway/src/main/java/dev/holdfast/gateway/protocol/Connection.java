// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Agreement;
import dev.holdfast.gateway.client.Client;
import dev.holdfast.gateway.client.ClientConnection;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.client.Phase;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.protocol.rules.InboundAliases;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.connection.ConnectedBy;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection that speaks MQTT: what its wire tells goes to {@link Input} (bytes), {@link Ending} (the end) and to the
 * {@link Client}; packets leave through {@link #send}. Everything happens on the wire's loop.
 */
final class Connection implements WireListener, ClientConnection {
    private final Wire wire;
    private final Handlers handlers;
    private final LoopTools tools;
    private final Client client;
    private final Input input;
    private final Pacing pacing = new Pacing(this);
    private final Liveness liveness;

    // Made at their first use: most connections are idle, and need neither.
    private @Nullable Ending ending;
    private @Nullable AckQueue acks;

    // What CONNECT has brought.
    private MqttVersion version = MqttVersion.MQTT_3_1_1;
    private boolean isBridge;
    /** The Maximum Packet Size of the client's CONNECT: nothing longer is sent to it [MQTT-3.1.2-24]. */
    private int clientMaxPacketBytes = Integer.MAX_VALUE;

    private @Nullable InboundAliases aliases;
    private @Nullable Renewals renewals;

    Connection(Wire wire, Handlers handlers) {
        this.wire = wire;
        this.handlers = handlers;
        this.tools = handlers.services().tools().get(wire.loop().index());
        this.client = handlers.clients().open(this);
        this.liveness = new Liveness(wire);
        this.input = new Input(this);
    }

    Wire wire() {
        return wire;
    }

    ProtocolServices services() {
        return handlers.services();
    }

    LoopTools tools() {
        return tools;
    }

    Client client() {
        return client;
    }

    /** The session; only while the phase of the client says that there is one. */
    Session session() {
        return client.session();
    }

    Input input() {
        return input;
    }

    Pacing pacing() {
        return pacing;
    }

    Liveness liveness() {
        return liveness;
    }

    Handlers handlers() {
        return handlers;
    }

    AckQueue acks() {
        AckQueue present = acks;
        if (present == null) {
            present = new AckQueue(this);
            acks = present;
        }
        return present;
    }

    private Ending ending() {
        Ending present = ending;
        if (present == null) {
            present = new Ending(this);
            ending = present;
        }
        return present;
    }

    @Nullable
    InboundAliases aliases() {
        return aliases;
    }

    MqttVersion version() {
        return version;
    }

    boolean isV5() {
        return version == MqttVersion.MQTT_5;
    }

    /** Whether the client is the bridge of another server, as MQTT 3.1 and 3.1.1 say it; MQTT 5 has subscription options. */
    boolean isBridge() {
        return isBridge;
    }

    // ---- what the client is to this connection

    @Override
    public SessionThread thread() {
        return tools.thread();
    }

    @Override
    public String host() {
        return wire.peer().host();
    }

    @Override
    public String address() {
        return wire.peer().address();
    }

    @Override
    public ConnectedBy connectedBy() {
        String protocol = switch (version) {
            case MQTT_3_1 -> "3.1";
            case MQTT_3_1_1 -> "3.1.1";
            case MQTT_5 -> "5.0";
        };
        return new ConnectedBy(address(), wire.peer().transport().tag(), protocol);
    }

    @Override
    public boolean isWithinAddressLimit() {
        return wire.isWithinAddressLimit();
    }

    @Override
    public ConnectRates.Counted countedByRates() {
        return wire.countedByRates();
    }

    @Override
    public void awaitVerdict() {
        pacing.pause(Pacing.AWAITING_VERDICT);
    }

    @Override
    public void verdictReached() {
        pacing.goOn(Pacing.AWAITING_VERDICT);
    }

    /** Takes note of what can be read of a CONNECT before it is decoded, so that a refusal can be written in its version. */
    void introduced(MqttVersion claimed, boolean claimsBridge, int claimedMaxPacketBytes) {
        wire.introduced();
        liveness.connectTaken(wire);
        version = claimed;
        isBridge = claimsBridge;
        clientMaxPacketBytes = claimedMaxPacketBytes;
    }

    /** The client has been accepted, with this Topic Alias Maximum for packets from the client. */
    void accepted(int aliasMaximum) {
        aliases = aliasMaximum > 0 ? new InboundAliases(aliasMaximum) : null;
        input.accepted();
    }

    // ---- renewals by PUBLISH to $auth/refresh

    /** What this connection has to do with {@code $auth/refresh}. */
    Renewals renewals() {
        Renewals present = renewals;
        if (present == null) {
            present = new Renewals();
            renewals = present;
        }
        return present;
    }

    /** How many exchanges at QoS 2 with {@code $auth/refresh} have begun. */
    int renewalExchanges() {
        return renewals == null ? 0 : renewals.size();
    }

    /** Whether one of them has begun under this packet identifier. */
    boolean holdsRenewal(int packetId) {
        return renewals != null && renewals.holds(packetId);
    }

    /** Whether a PUBREL answers a PUBREC that the repeat of a renewal was answered with. */
    boolean isRenewalReleasedAgain(int packetId) {
        return renewals != null && renewals.isReleasedAgain(packetId);
    }

    @Override
    public void renewalOver() {
        Runnable next = renewals == null || client.phase() != Phase.CONNECTED ? null : renewals.next();
        if (next != null) {
            next.run();
        }
    }

    // ---- packets out

    /** The Maximum Packet Size of the client's CONNECT, in bytes. */
    int clientMaxPacketBytes() {
        return clientMaxPacketBytes;
    }

    /** Whether the client takes a packet of this length. */
    boolean clientTakes(int packetBytes) {
        return packetBytes <= clientMaxPacketBytes;
    }

    /** Sends an encoded packet; an answer that the client does not take ends the connection. */
    void send(byte[] packet, MqttMessageType type) {
        if (!clientTakes(packet.length)) {
            client.end(Outcome.PACKET_TOO_LARGE);
            return;
        }
        tools.packets.sent(type.value());
        wire.write(packet, 0, packet.length);
    }

    /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP. */
    void send(MqttMessageType type, int packetId, int reasonCode) {
        send(type, packetId, reasonCode, null);
    }

    /** The same; a refusal in words of its own. */
    void send(MqttMessageType type, int packetId, int reasonCode, @Nullable String words) {
        ClientTrace trace = client.trace();
        if (trace != null) {
            TraceWords.acknowledged(trace, type, packetId, reasonCode);
        }
        send(ReasonWords.acknowledgement(this, type, packetId, reasonCode, words), type);
    }

    /** Whether the client is to be told in words what went wrong. */
    boolean wantsWords() {
        Agreement agreed = client.agreement();
        return isV5() && agreed != null && agreed.wantsWords();
    }

    // ---- what the wire tells

    @Override
    public void received(byte[] buffer, int offset, int length) {
        input.received(buffer, offset, length);
    }

    @Override
    public void drained() {
        if (client.hasSession()) {
            client.guard(client.session().outbound()::pump);
        }
    }

    @Override
    public void outOfRoom() {
        ending().outOfRoom();
    }

    @Override
    public void closed(CloseCause cause) {
        ending().closed(cause);
    }

    @Override
    public boolean endsSilence() {
        Agreement agreed = client.agreement();
        return agreed != null && agreed.keepAliveSeconds() > 0;
    }

    @Override
    public void tick() {
        ClientTrace trace = client.trace();
        if (trace != null && trace.isOver()) {
            client.retrace();
        }
        if (isUnanswered()) {
            if (liveness.isConnectOverdue(wire, services().limits())) {
                // After what has come in time and was not read, since this thread had no time for it.
                tools.later(Duration.ZERO, this::connectOverdue);
            }
        } else if (liveness.isOverdue(
                wire,
                !pacing.isPaused(),
                input.isMidPacket(),
                client.agreement(),
                services().limits())) {
            client.end(Outcome.KEEP_ALIVE_TIMEOUT);
        } else {
            client.tick();
        }
    }

    private boolean isUnanswered() {
        return client.phase() == Phase.AWAITING_CONNECT || client.phase() == Phase.AUTHENTICATING;
    }

    private void connectOverdue() {
        if (isUnanswered() && liveness.isConnectOverdue(wire, services().limits())) {
            // A client whose CONNECT is here has done its part: it is the store, or who judges it, that is away.
            boolean waitsForUs = pacing.isPausedFor(Pacing.AWAITING_VERDICT);
            client.end(waitsForUs ? Outcome.SERVER_UNAVAILABLE : Outcome.CONNECT_TIMEOUT);
        }
    }

    // ---- the end

    @Override
    public void end(Outcome outcome, @Nullable String words) {
        ending().end(outcome, words);
    }

    /** Its input has been taken again: if the socket had gone meanwhile, the end comes as soon as nothing is left to be taken. */
    void inputTaken() {
        if (ending != null) {
            ending.inputTaken();
        }
    }
}
