// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Throttle;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.session.connection.Debtor;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the packets of one connection are taken: the reasons not to, the client's rate, and the long work that is done for it.
 * While there is a reason, nothing is read from the socket, and what has been read waits in {@link Input}. On the
 * connection's thread.
 */
final class Pacing implements Debtor {
    // Reasons not to take packets; several may hold at once.

    /** The client is being judged. */
    static final int AWAITING_VERDICT = 1;

    /** Too many acknowledgements wait for the store. */
    static final int STORE_BEHIND = 2;

    /** The client sends faster than its rate, does not read what it is sent, or fills queues while memory is short. */
    static final int THROTTLED = 4;

    /** The client's PUBLISH packets wait behind its SUBSCRIBE or UNSUBSCRIBE that is being stored. */
    static final int BEHIND_SUBSCRIBE = 8;

    /** For good: the end has been decided and comes later. */
    static final int ENDING = 16;

    /** One of its packets takes more than a turn. */
    static final int LONG_WORK = 32;

    /** It is the turn of others: PUBLISH packets of the client that have been read wait for the next one. */
    static final int OTHERS_TURN = 64;

    /** For how long at most a client that fills queues while memory is short is not read. */
    private static final long HELD_BACK_NANOS = 1_000_000_000L;

    private final Connection connection;
    private int pausedFor;
    private int longWork;
    private boolean isHeldBack;
    private long heldBackUntilNanos;
    /** The packets that are being dealt with by slices, in their order; null if there are none. */
    private @Nullable ArrayDeque<LongPacket> longPackets;

    Pacing(Connection connection) {
        this.connection = connection;
    }

    private ProtocolServices services() {
        return connection.services();
    }

    /** Counts a packet that has been taken against the client's rate; pauses if it was faster than that. */
    void taken(int packetBytes, boolean isPublish) {
        Throttle throttle = connection.client().throttle();
        boolean tooFast = throttle != null && throttle.exceededBy(packetBytes, isPublish);
        if (tooFast || connection.wire().pendingBytes() >= services().outboundDropBytes()) {
            // Who does not read our answers is not read either.
            services().metrics().refused(tooFast ? Refused.RATE : Refused.PENDING_OUTPUT);
            pause(THROTTLED);
            connection.tools().throttle(this);
        }
    }

    /** Stops taking packets for a reason, from the socket and from what has been read already. */
    void pause(int reason) {
        if (pausedFor == 0) {
            connection.wire().pauseReading();
        }
        pausedFor |= reason;
    }

    /** Whether no packets are taken. */
    boolean isPaused() {
        return pausedFor != 0;
    }

    /** Whether this is one of the reasons why no packets are taken. */
    boolean isPausedFor(int reason) {
        return (pausedFor & reason) != 0;
    }

    /** Whether a throttled connection may take packets again, or has ended. */
    boolean mayGoOn(long nowNanos) {
        Throttle throttle = connection.client().throttle();
        boolean slowEnough = throttle == null || throttle.isOpen(nowNanos);
        return !connection.client().hasSession()
                || (slowEnough
                        && !isHeldBack(nowNanos)
                        && connection.wire().pendingBytes() < services().outboundDropBytes());
    }

    /** Takes packets again if this was the last reason not to; first those that have been read. */
    void goOn(int reason) {
        if ((pausedFor & reason) == 0 || connection.client().isOver()) {
            return;
        }
        pausedFor &= ~reason;
        if (pausedFor != 0) {
            return;
        }
        connection.wire().resumeReading();
        connection.input().resume();
        if (pausedFor == 0) {
            connection.inputTaken();
        }
    }

    // ---- what its packets cause

    /** Counts a packet that is no PUBLISH, or a part of one, against the client's message rate. */
    void counts(int asMessages) {
        Throttle throttle = connection.client().throttle();
        if (throttle != null) {
            throttle.counts(asMessages);
        }
    }

    @Override
    public void owes(long steps) {
        Throttle throttle = connection.client().throttle();
        if (throttle != null) {
            throttle.owes(steps);
        }
    }

    /**
     * While memory is short, a client whose messages find full queues is not read until memory is no longer short, or for a
     * second after the last such message.
     */
    @Override
    public void foundFullQueue() {
        if (services().memory().isShort() && connection.client().isAccepted()) {
            heldBackUntilNanos = System.nanoTime() + HELD_BACK_NANOS;
            if (!isHeldBack) {
                isHeldBack = true;
                services().metrics().refused(Refused.MEMORY_PUBLISH);
                pause(THROTTLED);
                connection.tools().throttle(this);
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

    @Override
    public void done() {
        if (--longWork == 0) {
            goOn(LONG_WORK);
        }
    }

    /** A packet is being dealt with by slices. */
    void begun(LongPacket packet) {
        if (longPackets == null) {
            longPackets = new ArrayDeque<>(1);
        }
        longPackets.add(packet);
        begun();
    }

    /** The last slice of a packet has been dealt with. */
    void done(LongPacket packet) {
        if (longPackets != null && longPackets.remove(packet)) {
            longPackets = longPackets.isEmpty() ? null : longPackets;
            done();
        }
    }

    /** Whether packets are being dealt with by slices. */
    boolean hasLongPackets() {
        return longPackets != null;
    }

    /** The connection ends, and they are not dealt with any further. */
    void cutLongPackets() {
        if (longPackets != null) {
            List.copyOf(longPackets).forEach(LongPacket::cut);
        }
    }

    /** Deals with what is left of them at once. */
    void finishLongPackets() throws MalformedPacketException {
        if (longPackets != null) {
            for (LongPacket packet : List.copyOf(longPackets)) {
                packet.whole();
            }
        }
    }
}
