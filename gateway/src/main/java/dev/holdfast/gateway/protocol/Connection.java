// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.codec.Framer;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PacketEncoder;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.routing.BusyException;
import dev.holdfast.gateway.session.Debtor;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one connection: cuts its bytes into packets, holds its {@link Phase}, passes each legal packet to the
 * handler of its family, and ends it with a named {@link Outcome}. Everything happens on the wire's loop.
 */
final class Connection implements WireListener, Framer.Sink, Debtor {
    /** Reasons not to take packets; several may hold at once. */
    static final int AWAITING_VERDICT = 1;

    static final int STORE_BEHIND = 2;
    static final int THROTTLED = 4;
    static final int BEHIND_SUBSCRIBE = 8;
    /** For good: the end has been decided and comes later. */
    static final int ENDING = 16;

    static final int LONG_WORK = 32;

    private static final long HELD_BACK_NANOS = 1_000_000_000L;
    /** Of what is not released. */
    private static final int MOST_TOLD = Integer.MAX_VALUE / 2;

    /** Of connections and their ends; operators know the name. */
    static final Logger LOG = LoggerFactory.getLogger("dev.holdfast.connection");

    private final Wire wire;
    private final Handlers handlers;
    private final LoopTools tools;
    private final Framer framer;
    private final AckQueue acks = new AckQueue(this);
    private Phase phase = Phase.AWAITING_CONNECT;
    private int pausedFor;
    private int publishesWaiting;
    private int longWork;
    private boolean isHeldBack;
    /** What {@link #keeps} has told last was more than nothing. */
    private boolean keepsInput;

    private long heldBackUntilNanos;
    /** Those that are being dealt with by slices, in their order. */
    private @Nullable ArrayDeque<LongPacket> longPackets;

    private @Nullable Outcome outcome;
    private final Liveness liveness;

    // What CONNECT has brought.
    private MqttVersion version = MqttVersion.MQTT_3_1_1;
    private boolean bridge;
    /** The Maximum Packet Size of the client's CONNECT: nothing longer is sent to it [MQTT-3.1.2-24]. */
    private int clientMaxPacketBytes = Integer.MAX_VALUE;

    private String clientId = "-";
    /** Null, unless an operator traces this client. */
    private @Nullable ClientTrace trace;

    private @Nullable Session session;
    private @Nullable Accepted accepted;
    private @Nullable Standing standing;
    private boolean countedIn;
    private @Nullable InboundAliases aliases;
    private @Nullable Throttle throttle;
    private @Nullable Renewals renewals;
    private @Nullable SubscriptionBarrier barrier;
    private OversizeHandler.@Nullable Skipped oversize;
    /** While the end is being decided: what still counts of the input that has not been taken. */
    private @Nullable Heed heed;
    /** Why the socket has gone, while what had come before is still being dealt with. */
    private @Nullable CloseCause gone;

    private int lateBytes;

    Connection(Wire wire, Handlers handlers) {
        this.wire = wire;
        this.handlers = handlers;
        this.tools = handlers.services().tools().get(wire.loop().index());
        this.framer = new Framer(
                handlers.services().limits().maxPacketSizeBeforeAuth().asInt());
        this.liveness = new Liveness(wire);
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

    /** Whether the client has been accepted and the end has not been decided. */
    boolean isAccepted() {
        return phase == Phase.CONNECTED || phase == Phase.REAUTHENTICATING;
    }

    /** Counts the PUBLISH packets of this connection that have been read and not been dealt with. */
    void publishesWaiting(int more) {
        publishesWaiting += more;
    }

    /** Behind which what the client publishes waits until its SUBSCRIBE or UNSUBSCRIBE is stored. */
    SubscriptionBarrier barrier() {
        SubscriptionBarrier present = barrier;
        if (present == null) {
            present = new SubscriptionBarrier(this);
            barrier = present;
        }
        return present;
    }

    /** Nothing waits behind a barrier any more. */
    void opened(SubscriptionBarrier past) {
        if (barrier == past) {
            barrier = null;
        }
    }

    AckQueue acks() {
        return acks;
    }

    Phase phase() {
        return phase;
    }

    MqttVersion version() {
        return version;
    }

    boolean isV5() {
        return version == MqttVersion.MQTT_5;
    }

    /** Whether the client is the bridge of another server, as MQTT 3.1 and 3.1.1 say it; MQTT 5 has subscription options. */
    boolean isBridge() {
        return bridge;
    }

    Identity identity() {
        Standing present = standing;
        return present == null ? Identity.ANONYMOUS : present.identity();
    }

    /** The User Name of the CONNECT, as far as a renewal needs it. */
    @Nullable
    String username() {
        Standing present = standing;
        return present == null ? null : present.username();
    }

    /** Notes that {@link Admission} has counted this connection. */
    void countedIn() {
        countedIn = true;
    }

    @Nullable
    Accepted accepted() {
        return accepted;
    }

    /** The session; only while the phase says that there is one. */
    Session session() {
        Session live = session;
        if (live == null) {
            throw new IllegalStateException("no session in phase " + phase);
        }
        return live;
    }

    @Nullable
    InboundAliases aliases() {
        return aliases;
    }

    // ---- bytes in

    @Override
    public void received(byte[] buffer, int offset, int length) {
        if (phase == Phase.CLOSING || phase == Phase.CLOSED) {
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
            failed(fault);
        }
    }

    /** Tells what is kept of input that is not finished: a packet that is not whole, messages that are not released. */
    void keeps() {
        Session live = session;
        long unreleased = live == null ? 0 : live.inbound().heldBytes();
        int unfinished = framer.heldCapacity();
        keepsInput = unfinished > 0 || unreleased > 0;
        wire.keeps(unfinished, (int) Math.min(MOST_TOLD, unreleased));
    }

    @Override
    public boolean takes(byte first) {
        return barrier == null || heed != null || !barrier.holds(MqttMessageType.valueOf((first >> 4) & 0x0F));
    }

    /** Takes one whole packet from the framer; false stops it until {@link #goOn}. */
    @Override
    public boolean packet(byte[] buffer, int offset, int length) throws MalformedPacketException {
        MqttMessageType type = MqttMessageType.valueOf((buffer[offset] >> 4) & 0x0F);
        tools.packets.received(type.value());
        liveness.packetTaken();
        if (phase == Phase.CLOSING || phase == Phase.CLOSED) {
            return false;
        }
        if (!phase.allows(type)) {
            end(phase == Phase.AWAITING_CONNECT ? Outcome.NOT_A_CONNECT : Outcome.PROTOCOL_ERROR);
            return false;
        }
        if (heed != null && !heed.counts(type, buffer[offset], session().isKept())) {
            return true;
        }
        if (type != MqttMessageType.PUBLISH && publishesWaiting > 0) {
            tools.dealWithArrived(); // the packets of one connection keep their order
        }
        dispatch(type, buffer, offset, length);
        return goesOnAfter(length, type == MqttMessageType.PUBLISH);
    }

    @Override
    public boolean skips(byte[] buffer, int from, int to, int length) {
        return handlers.oversize().skips(this, buffer, from, to, length);
    }

    @Override
    public void skipping(byte[] head, int headLength, int length) throws MalformedPacketException {
        if (publishesWaiting > 0) {
            tools.dealWithArrived(); // the packets of one connection keep their order
        }
        if (isAccepted()) {
            tools.packets.received(MqttMessageType.PUBLISH.value());
            oversize = handlers.oversize().begins(this, head, headLength, length);
        }
    }

    @Override
    public boolean skipped(int length) {
        OversizeHandler.Skipped answered = oversize;
        oversize = null;
        liveness.packetTaken();
        if (answered != null && isAccepted()) {
            handlers.oversize().answer(this, answered);
        }
        return goesOnAfter(length, true);
    }

    /** Counts a packet that has been taken; whether the next one may be. */
    private boolean goesOnAfter(int length, boolean isPublish) {
        boolean tooFast = throttle != null && throttle.exceededBy(length, isPublish);
        if (tooFast || wire.pendingBytes() >= services().outboundDropBytes()) {
            // Who does not read our answers is not read either.
            services().metrics().refused(tooFast ? Refused.RATE : Refused.PENDING_OUTPUT);
            pause(THROTTLED);
            tools.throttle(this);
        }
        return (pausedFor == 0 || heed != null) && isAccepted();
    }

    private void dispatch(MqttMessageType type, byte[] buffer, int offset, int length) throws MalformedPacketException {
        switch (type) {
            case PUBLISH -> handlers.publish().handle(this, buffer, offset, length);
            case SUBSCRIBE -> handlers.subscribe().handle(this, buffer, offset, length);
            case UNSUBSCRIBE -> handlers.unsubscribe().handle(this, buffer, offset, length);
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
                tools.ack.decode(buffer, offset, length, version, services().decodeLimits());
                acknowledged(type, tools.ack.packetId(), tools.ack.reasonCode());
            }
            case CONNECT -> {
                wire.introduced();
                liveness.connectTaken(wire);
                bridge = ConnectHandler.takeBridgeBit(buffer, offset, length);
                version = ConnectHandler.versionOf(buffer, offset, length);
                if (version == MqttVersion.MQTT_3_1) {
                    framer.speaksV31();
                }
                if (isV5()) {
                    clientMaxPacketBytes = ClaimedPacketSize.of(buffer, offset, length);
                }
                dispatch(type, decoded(buffer, offset, length));
            }
            default -> dispatch(type, decoded(buffer, offset, length));
        }
    }

    private void acknowledged(MqttMessageType type, int packetId, int reasonCode) {
        if (trace != null) {
            TraceWords.acknowledgementReceived(trace, type, packetId, reasonCode);
        }
        if (type == MqttMessageType.PUBREL) {
            handlers.publish().release(this, packetId);
        } else {
            handlers.acknowledge().handle(this, type, packetId, reasonCode);
        }
    }

    private MqttMessage decoded(byte[] buffer, int offset, int length) throws MalformedPacketException {
        return tools.decoder.decode(buffer, offset, length, version, services().decodeLimits());
    }

    private void dispatch(MqttMessageType type, MqttMessage message) {
        if (trace != null) {
            TraceWords.received(trace, type);
        }
        switch (type) {
            case CONNECT -> handlers.connect().handle(this, message);
            case PINGREQ -> {
                counts(1);
                send(PacketEncoder.pingResp(), MqttMessageType.PINGRESP);
            }
            case DISCONNECT -> handlers.disconnect().handle(this, message);
            case AUTH -> handlers.auth().handle(this, message);
            default -> throw new IllegalStateException("a client does not send " + type);
        }
    }

    /** Stops taking packets, in the socket and in what has been read already. */
    void pause(int reason) {
        if (pausedFor == 0) {
            wire.pauseReading();
        }
        pausedFor |= reason;
    }

    /** Whether a throttled connection may take packets again, or has ended. */
    boolean mayGoOn(long nowNanos) {
        boolean slowEnough = throttle == null || throttle.isOpen(nowNanos);
        return session == null
                || (slowEnough
                        && !isHeldBack(nowNanos)
                        && wire.pendingBytes() < services().outboundDropBytes());
    }

    /** Takes packets again if this was the last reason not to; first those that have been read. */
    void goOn(int reason) {
        if ((pausedFor & reason) == 0 || phase == Phase.CLOSING || phase == Phase.CLOSED) {
            return;
        }
        pausedFor &= ~reason;
        if (pausedFor != 0) {
            return;
        }
        wire.resumeReading();
        try {
            framer.resume(this);
            keeps();
        } catch (MalformedPacketException e) {
            refuse(e);
        } catch (RuntimeException fault) {
            failed(fault);
        }
        CloseCause cause = gone;
        if (cause != null && pausedFor == 0) {
            finish(cause);
        }
    }

    // ---- what it causes

    /** Counts a packet that is no PUBLISH, or a part of one, as so many messages of the client's rate. */
    void counts(int asMessages) {
        if (throttle != null) {
            throttle.counts(asMessages);
        }
    }

    @Override
    public void owes(long steps) {
        if (throttle != null) {
            throttle.owes(steps);
        }
    }

    /**
     * While memory is short who fills queues is read no more than now and then: until there is room, or a second has passed, and a
     * message of its takes the place of an older one.
     */
    @Override
    public void foundFullQueue() {
        if (services().memory().isShort() && isAccepted()) {
            heldBackUntilNanos = System.nanoTime() + HELD_BACK_NANOS;
            if (!isHeldBack) {
                isHeldBack = true;
                services().metrics().refused(Refused.MEMORY_PUBLISH);
                pause(THROTTLED);
                tools.throttle(this);
            }
        }
    }

    private boolean isHeldBack(long nowNanos) {
        isHeldBack &= services().memory().isShort() && heldBackUntilNanos - nowNanos > 0;
        return isHeldBack;
    }

    @Override
    public boolean isWaiting() {
        return longWork > 0;
    }

    @Override
    public void begun() {
        longWork++;
        pause(LONG_WORK);
    }

    /** A packet is being dealt with by slices. */
    void begun(LongPacket packet) {
        if (longPackets == null) {
            longPackets = new ArrayDeque<>(1);
        }
        longPackets.add(packet);
        begun();
    }

    /** It has been dealt with. */
    void done(LongPacket packet) {
        if (longPackets != null && longPackets.remove(packet)) {
            longPackets = longPackets.isEmpty() ? null : longPackets;
            done();
        }
    }

    /** Deals with something of a packet; what is wrong with it, or fails, ends this connection and no other. */
    void guardPacket(PacketStep step) {
        try {
            step.run();
        } catch (MalformedPacketException e) {
            refuse(e);
        } catch (RuntimeException fault) {
            failed(fault);
        }
    }

    /** A part of what is done about a packet. */
    @FunctionalInterface
    interface PacketStep {
        /** Does it. */
        void run() throws MalformedPacketException;
    }

    @Override
    public void done() {
        if (--longWork == 0) {
            goOn(LONG_WORK);
        }
    }

    // ---- packets out

    /** The client identifier of CONNECT, or {@code -}; for the log. */
    String clientId() {
        return clientId;
    }

    /** Takes note of the client identifier of CONNECT. */
    void clientId(String asked) {
        clientId = asked;
        retrace();
    }

    /** What tells an operator of this connection, or null. */
    @Nullable
    ClientTrace trace() {
        return trace;
    }

    /** Looks anew whether it is traced. */
    void retrace() {
        trace = services().traces().of(clientId, wire.peer().address());
    }

    /** Whether the client takes a packet of this length. */
    boolean clientTakes(int packetBytes) {
        return packetBytes <= clientMaxPacketBytes;
    }

    /** Sends an encoded packet; an answer that the client does not take ends the connection. */
    void send(byte[] packet, MqttMessageType type) {
        if (!clientTakes(packet.length)) {
            end(Outcome.PACKET_TOO_LARGE);
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
        if (trace != null) {
            TraceWords.acknowledged(trace, type, packetId, reasonCode);
        }
        send(ReasonWords.acknowledgement(this, type, packetId, reasonCode, words), type);
    }

    /** Whether the client is to be told in words what went wrong. */
    boolean wantsWords() {
        Accepted agreed = accepted;
        return isV5() && agreed != null && agreed.problemInformation();
    }

    // ---- the phases

    void moveTo(Phase next) {
        if (!phase.mayBecome(next)) {
            throw new IllegalStateException(phase + " cannot become " + next);
        }
        phase = next;
    }

    /** The connection is accepted: CONNACK has been written, the session may begin to send. */
    void accept(Session newSession, Standing newStanding, Accepted agreed, int aliasMaximum) {
        session = newSession;
        standing = newStanding;
        accepted = agreed;
        aliases = aliasMaximum > 0 ? new InboundAliases(aliasMaximum) : null;
        throttle = services()
                .admission()
                .throttle(
                        newSession.clientId(),
                        newStanding.identity(),
                        services().limits());
        framer.maxPacketBytes(services().limits().maxPacketSize().asInt());
        moveTo(Phase.CONNECTED);
    }

    /** A renewal has been accepted; whether it changes anything. */
    boolean renewed(Identity identity) {
        Standing before = standing;
        standing = before == null ? new Standing(identity, username()) : before.renewedBy(identity);
        return standing != before;
    }

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

    /** Begins the renewal that has waited for the one before it. */
    void nextRenewal() {
        Runnable next = renewals == null || phase != Phase.CONNECTED ? null : renewals.next();
        if (next != null) {
            next.run();
        }
    }

    /** The token that was to end first has ended, and the one before it holds again. */
    private void fallBack(Standing onto) {
        standing = onto;
        Renewal.apply(this, onto.identity().permissions(), dropped -> {});
    }

    /** Takes note of a session expiry interval that DISCONNECT has brought. */
    void expiry(Duration changed) {
        Accepted agreed = accepted;
        if (agreed != null) {
            accepted = agreed.withExpiry(changed);
        }
    }

    /** The store has lost the session; it has stopped delivering already. */
    void sessionLost() {
        end(Outcome.SESSION_LOST);
    }

    /** Goes on, on this connection's thread, when the store has something; ends the connection if it has not. */
    void whenStored(CompletableFuture<?> stored, Runnable then) {
        stored.whenComplete((ignored, failure) -> {
            Runnable next = failure == null ? then : () -> failed(failure);
            if (tools.thread().isCurrent()) {
                guard(next); // a stage would swallow a fault
            } else {
                tools.thread().execute(() -> guard(next));
            }
        });
    }

    /** Runs something for this connection; a fault in it ends this connection and no other. */
    void guard(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException fault) {
            failed(fault);
        }
    }

    private void failed(RuntimeException fault) {
        LOG.atError()
                .addKeyValue("client", clientId)
                .addKeyValue("peer", wire.peer().address())
                .setCause(fault)
                .log("failed");
        end(Outcome.INTERNAL_ERROR);
    }

    /** What an acknowledgement waits for was not done: there will be none. */
    private void failed(Throwable why) {
        Throwable cause = why instanceof CompletionException ? why.getCause() : why;
        if (cause instanceof BusyException) {
            end(Outcome.SERVER_BUSY);
        } else {
            storeFailed();
        }
    }

    /** The store could not do what an acknowledgement waits for: there will be none. */
    void storeFailed() {
        services().metrics().storeError(StoreOperation.SESSION);
        end(Outcome.STORE_UNAVAILABLE);
    }

    // ---- the end

    private void refuse(MalformedPacketException malformed) {
        if (publishesWaiting > 0) {
            tools.dealWithArrived(); // what came before was in order
        }
        if (framer.isLost()) {
            tools.packets.received(0);
        } else if (malformed.kind() == MalformedPacketException.Kind.QUOTA_EXCEEDED) {
            services().metrics().refused(Refused.USER_PROPERTIES);
        }
        end(Outcome.of(malformed.kind()), malformed.getMessage());
    }

    /** Ends the connection with the outcome's own words. */
    void end(Outcome outcome) {
        end(outcome, outcome.reason());
    }

    /**
     * Ends the connection: tells the client what its protocol version has words for, leaves the session, closes.
     *
     * @param reason what the client is told in words; no bytes of any packet
     */
    void end(Outcome outcome, @Nullable String reason) {
        if (isAccepted() && pausedFor != 0 && heed == null) {
            hearOut(Heed.before(outcome, tools.hasStoodStill()));
        }
        if (phase == Phase.CLOSING || phase == Phase.CLOSED) {
            return;
        }
        if (trace != null) {
            trace.tell("ending", "reason", outcome.tag(), "code", TraceWords.code(outcome.v5Code()), "words", reason);
        }
        byte[] farewell = Farewell.of(this, outcome, reason);
        if (farewell != null) {
            tools.packets.sent((farewell[0] >> 4) & 0x0F);
            wire.write(farewell, 0, farewell.length);
        }
        if (phase == Phase.AUTHENTICATING || (phase == Phase.AWAITING_CONNECT && outcome.answersConnect())) {
            services().metrics().connect(outcome.tag());
        }
        moveTo(Phase.CLOSING);
        CompletableFuture<?> left = leave(outcome);
        CloseCode code = new CloseCode(outcome.webSocketCode(), outcome.reason());
        if (left.isDone()) {
            wire.close(code);
        } else {
            left.whenComplete((nothing, failure) -> tools.thread().execute(() -> close(code)));
        }
        CloseCause cause = gone;
        if (cause != null) {
            finish(cause);
        }
    }

    private void close(CloseCode code) {
        if (phase == Phase.CLOSING) {
            wire.close(code);
        }
    }

    /** Whether what is left of its input is dealt with all at once, before acknowledgements can leave that it waits for. */
    boolean isHeardOut() {
        return heed != null;
    }

    /** Deals with what has been read and not been taken, as far as it still counts; a DISCONNECT in it is the end. */
    private void hearOut(Heed atTheEnd) {
        if (atTheEnd == Heed.NOTHING) {
            return;
        }
        heed = atTheEnd;
        try {
            if (longPackets != null) {
                for (LongPacket packet : List.copyOf(longPackets)) {
                    packet.whole();
                }
            }
            framer.resume(this);
            if (publishesWaiting > 0) {
                tools.dealWithArrived();
            }
        } catch (MalformedPacketException e) {
            LOG.debug("what was left of the input of {} is malformed", clientId, e);
        } finally {
            heed = null;
        }
        if (throttle != null && !throttle.isOpen(System.nanoTime())) {
            services().admission().owes(clientId, identity(), throttle);
        }
    }

    @Override
    public void outOfRoom() {
        if (isAccepted() && pausedFor != 0) {
            hearOut(Heed.GOODBYE);
        }
        framer.close();
        if (phase == Phase.AWAITING_CONNECT) {
            return; // a stranger is aborted, without the time that a farewell takes
        }
        services().metrics().refused(Refused.UNFINISHED_PACKET);
        end(Outcome.OUT_OF_ROOM);
    }

    @Override
    public void closed(CloseCause cause) {
        if (phase != Phase.CLOSED && !outlives(cause)) {
            finish(cause);
        }
    }

    /**
     * Whether the socket has gone while its input is read slower, or waits for the verdict or the store: then all that had come is
     * dealt with as if the socket were there, and the end of the connection comes after it.
     */
    private boolean outlives(CloseCause cause) {
        boolean waits = phase == Phase.AUTHENTICATING || isAccepted();
        if (!waits || pausedFor == 0 || (framer.heldBytes() == 0 && longPackets == null)) {
            return false;
        }
        boolean isOurs =
                cause == CloseCause.SHUTDOWN || cause == CloseCause.OUT_OF_ROOM || cause == CloseCause.LISTENER_FAILED;
        if (isOurs || !tools.keepLate(framer.heldBytes())) {
            if (!isOurs) {
                services().metrics().refused(Refused.LATE_INPUT);
            }
            if (isAccepted()) {
                hearOut(Heed.before(Outcome.of(cause), tools.hasStoodStill()));
            }
            return false;
        }
        lateBytes = framer.heldBytes();
        gone = cause;
        return true;
    }

    private void finish(CloseCause cause) {
        gone = null;
        if (lateBytes > 0) {
            tools.lateIsOver(lateBytes);
            lateBytes = 0;
        }
        if (publishesWaiting > 0) {
            tools.dealWithArrived();
        }
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean announced = phase == Phase.CLOSING;
        boolean isProbe = isMute() && !Outcome.of(cause).isByServer();
        moveTo(Phase.CLOSED);
        if (!announced && !isProbe) {
            leave(Outcome.of(cause));
        }
        if (countedIn) {
            services().admission().leave();
        }
        services().metrics().connectionClosed(wire.peer().transport());
    }

    Departures departures() {
        return handlers.departures();
    }

    /** Whether nothing has come from the client, not even a part of a packet. */
    boolean isMute() {
        return phase == Phase.AWAITING_CONNECT && !framer.hasBegun();
    }

    /** Why it has ended; before it has, and for whoever asks too early, that its peer has gone. */
    Outcome outcome() {
        return outcome == null ? Outcome.PEER_CLOSED : outcome;
    }

    private CompletableFuture<?> leave(Outcome outcome) {
        this.outcome = outcome;
        if (trace != null) {
            trace.tell("closed", "reason", outcome.tag(), "by", outcome.isByServer() ? "server" : "client");
        }
        Session left = session;
        session = null;
        return departures().gone(this, outcome, left);
    }

    // ---- time and room

    @Override
    public void drained() {
        if (session != null) {
            guard(session::pump);
        }
    }

    @Override
    public boolean endsSilence() {
        Accepted agreed = accepted;
        return agreed != null && agreed.keepAliveSeconds() > 0;
    }

    private void connectOverdue() {
        boolean isUnanswered = phase == Phase.AWAITING_CONNECT || phase == Phase.AUTHENTICATING;
        if (isUnanswered && liveness.isConnectOverdue(wire, services().limits())) {
            // A client whose CONNECT is here has done its part: it is the store, or who judges it, that is away.
            boolean waitsForUs = (pausedFor & AWAITING_VERDICT) != 0;
            end(waitsForUs ? Outcome.SERVER_UNAVAILABLE : Outcome.CONNECT_TIMEOUT);
        }
    }

    @Override
    public void tick() {
        if (trace != null && trace.isOver()) {
            retrace();
        }
        if (phase == Phase.AWAITING_CONNECT || phase == Phase.AUTHENTICATING) {
            if (liveness.isConnectOverdue(wire, services().limits())) {
                // After what has come in time and was not read, since this thread had no time for it.
                tools.later(Duration.ZERO, this::connectOverdue);
            }
            return;
        }
        if (liveness.isOverdue(
                wire, pausedFor == 0, framer.isMidPacket(), accepted, services().limits())) {
            end(Outcome.KEEP_ALIVE_TIMEOUT);
            return;
        }
        Standing present = standing;
        Outcome over = present == null
                ? null
                : present.end(wire.loop().nowMillis(), services().revocations());
        Standing longer = present == null || over != Outcome.TOKEN_EXPIRED ? null : present.longer();
        if (longer != null) {
            guard(() -> fallBack(longer));
        } else if (over != null) {
            end(over);
        } else if (session != null) {
            guard(session::tick);
        }
    }
}
