// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The server's side of one connection in a test: remembers all, echoes if told so, obeys some commands. */
public final class WireConversation implements WireListener {

    /** When a conversation begins with this byte, the listener throws. */
    public static final byte THROW = (byte) 0xFF;

    public final Wire wire;
    public final CompletableFuture<CloseCause> closed = new CompletableFuture<>();
    public final AtomicInteger ticks = new AtomicInteger();
    public final AtomicInteger drained = new AtomicInteger();
    public volatile boolean endsSilence;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final boolean echoes;

    WireConversation(Wire wire, boolean echoes) {
        this.wire = wire;
        this.echoes = echoes;
    }

    @Override
    public void received(byte[] buffer, int offset, int length) {
        boolean isFirst;
        synchronized (received) {
            isFirst = received.size() == 0;
            received.write(buffer, offset, length);
        }
        // Where later bytes are cut is a matter of chance.
        if (isFirst && buffer[offset] == THROW) {
            throw new IllegalStateException("planted");
        }
        if (echoes) {
            wire.write(buffer, offset, length);
        }
    }

    @Override
    public void drained() {
        drained.incrementAndGet();
    }

    @Override
    public void closed(CloseCause cause) {
        closed.complete(cause);
    }

    @Override
    public boolean endsSilence() {
        return endsSilence;
    }

    @Override
    public void tick() {
        ticks.incrementAndGet();
    }

    public byte[] received() {
        synchronized (received) {
            return received.toByteArray();
        }
    }

    /** Runs something with the wire on its loop, and waits for it. */
    public void onLoop(Consumer<Wire> action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        wire.loop().execute(() -> {
            try {
                action.accept(wire);
                done.complete(null);
            } catch (RuntimeException | Error failure) {
                done.completeExceptionally(failure);
            }
        });
        done.join();
    }

    public void close(CloseCode code) {
        onLoop(wire -> wire.close(code));
    }
}
