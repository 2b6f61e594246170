// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Loop;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import dev.holdfast.store.Message;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A connection in memory. What the client sends reaches the gateway when its loop is turned, unless the gateway reads no
 * further; what the gateway writes stands here until the client reads it, and counts as pending while the test says that
 * the client's socket is full.
 */
final class FakeWire implements Wire {
    private final HandTurnedLoop loop;
    private final Peer peer;
    private final WireListener listener;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ArrayDeque<byte[]> unread = new ArrayDeque<>();
    private int pending;
    private boolean isFull;
    private boolean isPaused;
    private boolean isOpen = true;
    private boolean isClosed;
    private @Nullable CloseCode closedWith;
    private long lastReadMillis;

    FakeWire(HandTurnedLoop loop, int port, Acceptor acceptor) {
        this.loop = loop;
        this.peer = new Peer("127.0.0.1", port, Transport.TCP, null, false);
        this.lastReadMillis = loop.elapsedMillis();
        WireListener[] made = new WireListener[1];
        loop.inTurn(() -> made[0] = acceptor.accepted(this));
        this.listener = made[0];
        loop.sweeps(this);
    }

    // ---- the client's side

    /** The client sends bytes; they are read in the loop's next turn. */
    void send(byte[] bytes) {
        loop.execute(() -> {
            unread.add(bytes);
            readOn();
        });
    }

    /** The client's connection breaks without a word. */
    void vanish() {
        loop.execute(() -> closed(CloseCause.PEER_CLOSED));
    }

    /** Something fails that the gateway does for the connection: its transport ends it. */
    void fails() {
        loop.inTurn(() -> closed(CloseCause.LISTENER_FAILED));
    }

    /** Takes what the gateway has written and nobody has taken, as much as the buffer has room for; answers how much. */
    int takeOutput(byte[] buffer) {
        byte[] all = out.toByteArray();
        int count = Math.min(all.length, buffer.length);
        System.arraycopy(all, 0, buffer, 0, count);
        out.reset();
        out.write(all, count, all.length - count);
        return count;
    }

    boolean hasOutput() {
        return out.size() > 0;
    }

    /** The kernel takes no more, or takes all again. */
    void full(boolean full) {
        isFull = full;
        if (!full && pending > 0) {
            pending = 0;
            loop.execute(listener::drained);
        }
    }

    /** Whether the socket is closed. */
    boolean isClosed() {
        return isClosed;
    }

    /** What the gateway has closed it with, or null. */
    @Nullable
    CloseCode closedWith() {
        return closedWith;
    }

    void tick() {
        if (!isClosed) {
            listener.tick();
        }
    }

    private void readOn() {
        while (!isPaused && isOpen && !unread.isEmpty()) {
            byte[] next = unread.remove();
            lastReadMillis = loop.elapsedMillis();
            listener.received(next, 0, next.length);
        }
    }

    private void closed(CloseCause cause) {
        isOpen = false;
        if (!isClosed) {
            isClosed = true;
            listener.closed(cause);
        }
    }

    // ---- the gateway's side

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (isOpen) {
            out.write(bytes, offset, length);
            pending += isFull ? length : 0;
        }
    }

    @Override
    public void write(byte[] packet, int headLength, Message message) {
        write(packet, 0, headLength);
        if (headLength < packet.length) {
            write(packet, headLength, packet.length - headLength);
        } else {
            write(message.body(), message.payloadOffset(), message.payloadLength());
        }
    }

    @Override
    public int pendingBytes() {
        return pending;
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    @Override
    public void pauseReading() {
        isPaused = true;
    }

    @Override
    public void resumeReading() {
        isPaused = false;
        loop.execute(this::readOn);
    }

    @Override
    public void close(CloseCode code) {
        if (isOpen) {
            isOpen = false;
            closedWith = code;
            loop.execute(() -> closed(CloseCause.WE_CLOSED));
        }
    }

    @Override
    public void abort() {
        if (isOpen) {
            isOpen = false;
            loop.execute(() -> closed(CloseCause.WE_CLOSED));
        }
    }

    @Override
    public void keeps(int unfinished, int unreleased) {}

    @Override
    public void introduced() {}

    @Override
    public boolean isWithinAddressLimit() {
        return true;
    }

    @Override
    public ConnectRates.Counted countedByRates() {
        return ConnectRates.Counted.NOT;
    }

    @Override
    public long lastReadTick() {
        return lastReadMillis / 1000;
    }

    @Override
    public long lastReadMillis() {
        return lastReadMillis;
    }
}
