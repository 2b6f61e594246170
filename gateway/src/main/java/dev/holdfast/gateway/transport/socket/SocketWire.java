// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.WireListener;
import dev.holdfast.store.Message;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.WriteReadyHandler;

/**
 * A wire on an XNIO connection: what TCP and WebSocket have in common. Reading, flushing, the bounds, and the way from
 * open to closed; subclasses say what the bytes mean.
 *
 * <p>It is its own handler for everything that XNIO and the loop call, so that a connection needs few objects.
 *
 * <pre>
 *   OPEN --close--> CLOSING --all sent--> LINGERING --peer closed, or patience over--> CLOSED
 *     '---- abort, end of stream, failure, SLOW: from any phase ----------------------'
 * </pre>
 *
 * LINGERING reads and forgets: a socket closed with unread input is reset, and the reset would overtake our last words.
 */
public abstract class SocketWire extends ChargedWire
        implements ReadReadyHandler, WriteReadyHandler, ChannelListener<StreamConnection>, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketWire.class);

    /** Output of one turn beyond this leaves at once, so that a big burst does not pile up in chunks. */
    private static final int FLUSH_AT_BYTES = 64 * 1024;

    /** How often one connection is read in a turn at most. */
    private static final int READS_PER_TURN = 8;
    /** After this long no further read of it is begun. */
    private static final long READING_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** How far the wire is on its way from open to closed. */
    protected enum Phase {
        OPEN,
        CLOSING,
        LINGERING,
        CLOSED
    }

    // Links of the WireRing.
    @Nullable
    SocketWire next;

    @Nullable
    SocketWire previous;

    byte slice;

    private boolean isFlushQueued;
    private boolean isAwaitingWritable;
    private boolean isReadingPaused;
    private boolean isInputHeld;
    /** Whether it is read when its turn has come, and not when the socket is ready. */
    private boolean isPutOff;
    /** Whether the peer has nothing more to say: it has said goodbye. */
    private boolean hasPeerDone;

    private final StreamConnection socket;
    /** That of the socket, which a flush need not touch for it. */
    private final ConduitStreamSinkChannel sink;

    private final OutputBuffer outbox;
    private @Nullable WireListener listener;
    private Phase phase = Phase.OPEN;
    private CloseCause cause = CloseCause.WE_CLOSED;

    private long lastReadMillis;

    /** OPEN: when pending output last moved. CLOSING and LINGERING: when patience ends. In the loop's milliseconds. */
    private long deadlineMillis;

    /**
     * A wire on a connection that is open; {@link #open} is to follow, on the same thread.
     *
     * @param stranger the connection as it was counted at its accept; null if it is not counted
     */
    protected SocketWire(
            StreamConnection socket, WireContext wiring, Peer peer, Framing framing, @Nullable Stranger stranger) {
        super(wiring, loopOf(socket, wiring), peer, stranger);
        if (stranger != null) {
            stranger.giveWayBy(this::giveWay);
        }
        this.socket = socket;
        this.sink = socket.getSinkChannel();
        this.outbox = new OutputBuffer(loop, framing);
    }

    private static IoLoop loopOf(StreamConnection socket, WireContext wiring) {
        return wiring.loops().get(socket.getIoThread().getNumber());
    }

    /** Joins the loop, asks the acceptor for a listener and begins to read. */
    protected final void open() {
        loop.refreshClock();
        lastReadMillis = loop.elapsedMillis();
        socket.getSourceChannel().getConduit().setReadReadyHandler(this);
        sink.getConduit().setWriteReadyHandler(this);
        loop.wires().add(this);
        try {
            listener = wiring.acceptor().accepted(this);
            if (phase != Phase.CLOSED && !isReadingPaused) {
                resumeReads();
            }
        } catch (RuntimeException | Error failure) {
            listenerFailed(failure);
        }
    }

    // ---- what subclasses say

    /** Bytes came from the socket. They may be changed in place. Throws what the listener throws. */
    protected abstract void bytesRead(byte[] buffer, int offset, int length);

    /** The phase has become CLOSING: the last chance to append something, for the peer to read after the rest. */
    protected void appendFarewell(CloseCode code) {}

    /** The loop is about to flush this wire. */
    protected void beforeFlush() {}

    /** The sweep looks at this open wire. */
    protected void swept(long nowMillis) {}

    /** The listener wants bytes again; it may not have dealt with all that it was given before. */
    protected void readingResumed() {}

    /** The wire has ended: what it holds is to be given back. Once. */
    protected void ended() {}

    /**
     * A packet that ends with the payload of a message, as the frame that goes over the socket; null to have it framed like all else. Called for
     * each delivery.
     */
    protected byte @Nullable [] wholeFrame(byte[] packet, int headLength, Message message) {
        return null;
    }

    /** Whether a closing wire still wants the bytes that come. */
    protected boolean readsWhileClosing() {
        return false;
    }

    // ---- what subclasses use

    /** Takes bytes that were read before the wire was there. After {@link #open}. */
    protected final void firstBytes(byte[] bytes) {
        if (bytes.length == 0 || phase != Phase.OPEN) {
            return;
        }
        wiring.observer().bytesIn(peer.transport(), bytes.length);
        try {
            bytesRead(bytes, 0, bytes.length);
        } catch (RuntimeException | Error failure) {
            listenerFailed(failure);
        }
    }

    /** Nothing is read from the socket until {@link #releaseInput}: there is input that has not been dealt with. */
    protected final void holdInput() {
        if (!isInputHeld && phase == Phase.OPEN) {
            isInputHeld = true;
            socket.getSourceChannel().suspendReads();
        }
    }

    /** Reads on, unless the listener does not want it. */
    protected final void releaseInput() {
        if (isInputHeld) {
            isInputHeld = false;
            if (phase != Phase.CLOSED && !isReadingPaused) {
                resumeReads();
            }
        }
    }

    /** Does something that may call the listener; what that throws ends the wire. */
    protected final void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            listenerFailed(failure);
        }
    }

    /** Tells that a frame has become so much smaller. */
    protected final void observeSaved(int bytes) {
        wiring.observer().bytesSaved(peer.transport(), bytes);
    }

    /** Hands bytes to the listener, if the wire is open. */
    protected final void deliver(byte[] buffer, int offset, int length) {
        if (phase == Phase.OPEN && listener != null) {
            listener.received(buffer, offset, length);
        }
    }

    /** Appends bytes that bring their own frame, between the frames of the data, in any phase that still sends. */
    protected final void appendFrame(byte[] frame) {
        outbox.appendFrame(frame);
        queueFlush();
    }

    /** Asks for a flush at the end of this turn. */
    protected final void queueFlush() {
        if (!isFlushQueued && !isAwaitingWritable) {
            isFlushQueued = true;
            loop.flushSoon(this);
        }
    }

    /** As {@link #close}, with another cause. */
    protected final void close(CloseCode code, CloseCause why) {
        if (phase != Phase.OPEN) {
            return;
        }
        phase = Phase.CLOSING;
        cause = why;
        hasPeerDone = code.isPeers() && !peer.transport().isWebSocket();
        deadlineMillis =
                loop.elapsedMillis() + wiring.settings().closePatience().toMillis();
        appendFarewell(code);
        if (isReadingPaused || isInputHeld) {
            isReadingPaused = false;
            isInputHeld = false;
            resumeReads();
        }
        queueFlush();
    }

    /** Ends the wire at once. The listener hears of it in a task of its own. */
    protected final void end(CloseCause why) {
        if (phase == Phase.CLOSED) {
            return;
        }
        leave(why);
        SocketCloser.close(socket);
    }

    /** The wire is no more; what becomes of its socket is the caller's business. */
    private void leave(CloseCause why) {
        phase = Phase.CLOSED;
        cause = why;
        outbox.clear();
        chargeOutput(outbox.uncharged());
        ended();
        chargeNothing();
        loop.wires().remove(this);
        loop.execute(() -> notifyClosed(why));
    }

    /** The phase of this moment. */
    protected final Phase phase() {
        return phase;
    }

    /** Whether the listener ends a peer that is silent for too long. */
    protected final boolean isWatchedByListener() {
        return listener != null && listener.endsSilence();
    }

    /** Whether the listener has asked for silence. */
    protected final boolean isReadingPaused() {
        return isReadingPaused;
    }

    // ---- Wire

    @Override
    public final void write(byte[] bytes, int offset, int length) {
        assert loop.inLoop();
        if (phase == Phase.OPEN) {
            outbox.append(bytes, offset, length);
            appended();
        }
    }

    @Override
    public final void write(byte[] packet, int headLength, Message message) {
        assert loop.inLoop();
        if (phase == Phase.OPEN) {
            byte[] frame = wholeFrame(packet, headLength, message);
            if (frame == null) {
                outbox.append(packet, headLength, message, isAwaitingWritable);
            } else {
                outbox.appendFrame(frame);
            }
            appended();
        }
    }

    @Override
    public final int pendingBytes() {
        return outbox.pendingBytes();
    }

    @Override
    final boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    @Override
    public final boolean isOpen() {
        return phase == Phase.OPEN;
    }

    @Override
    public final void pauseReading() {
        assert loop.inLoop();
        if (phase == Phase.OPEN && !isReadingPaused) {
            isReadingPaused = true;
            socket.getSourceChannel().suspendReads();
        }
    }

    @Override
    public final void resumeReading() {
        assert loop.inLoop();
        if (phase == Phase.OPEN && isReadingPaused) {
            isReadingPaused = false;
            lastReadMillis = loop.elapsedMillis();
            resumeReads();
            readingResumed();
        }
    }

    @Override
    public final void close(CloseCode code) {
        assert loop.inLoop();
        close(code, CloseCause.WE_CLOSED);
    }

    @Override
    public final void abort() {
        assert loop.inLoop();
        abort(CloseCause.WE_CLOSED);
    }

    @Override
    final void giveWay() {
        introduced();
        forget();
        if (phase == Phase.OPEN && listener != null) {
            try {
                listener.outOfRoom();
            } catch (RuntimeException | Error failure) {
                listenerFailed(failure);
            }
        }
        if (phase == Phase.OPEN) {
            abort(CloseCause.OUT_OF_ROOM);
        }
    }

    @Override
    public final long lastReadTick() {
        return lastReadMillis / 1000;
    }

    @Override
    public final long lastReadMillis() {
        return lastReadMillis;
    }

    // ---- what XNIO and the loop call

    @Override
    public final void readReady() {
        loop.refreshClock();
        if (isStranger() && loop.haveStrangersHadTheirPart()) {
            putOff();
        } else {
            readNow();
        }
    }

    private void putOff() {
        if (!isPutOff) {
            isPutOff = true;
            socket.getSourceChannel().suspendReads();
            loop.gradually(
                    loop.strangers(), this::turnHasCome); // all of them as one, or who is let in would wait for each
        }
    }

    private boolean turnHasCome() {
        isPutOff = false;
        if (phase != Phase.CLOSED && !isReadingPaused && !isInputHeld) {
            resumeReads();
            readNow();
        }
        return true;
    }

    /** Has XNIO say when the socket is ready; later if its turn comes later, or if there is input that has not been dealt with. */
    private void resumeReads() {
        if (!isPutOff && !isInputHeld) {
            socket.getSourceChannel().resumeReads();
        }
    }

    private void readNow() {
        try {
            read();
        } catch (SSLException violation) {
            LOG.debug("{}: {}", peer, violation.toString());
            end(CloseCause.TLS_VIOLATION);
        } catch (IOException broken) {
            LOG.debug("{}: {}", peer, broken.toString());
            end(CloseCause.IO_ERROR);
        } catch (RuntimeException | Error failure) {
            listenerFailed(failure);
        }
    }

    @Override
    public final void writeReady() {
        loop.refreshClock();
        flush();
    }

    /** The flush at the end of a turn. */
    @Override
    public final void run() {
        isFlushQueued = false;
        if (!isAwaitingWritable) {
            flush();
        }
    }

    /** XNIO found the connection closed. */
    @Override
    public final void handleEvent(StreamConnection closed) {
        end(phase == Phase.OPEN ? CloseCause.IO_ERROR : cause);
    }

    /** One direction is closed; the end of the connection is told by {@link #handleEvent}. */
    @Override
    public final void terminated() {}

    @Override
    public final void forceTermination() {
        shutDown();
    }

    // ---- inside

    void shutDown() {
        end(CloseCause.SHUTDOWN);
    }

    final void sweep(long nowMillis) {
        long overdue = nowMillis - deadlineMillis;
        if (phase != Phase.OPEN) {
            if (overdue > 0) {
                end(cause);
            }
        } else if (isAwaitingWritable
                && overdue > wiring.settings().writeStall().toMillis()) {
            abort(CloseCause.SLOW);
        } else {
            try {
                swept(nowMillis);
                if (phase == Phase.OPEN && listener != null) {
                    listener.tick();
                }
            } catch (RuntimeException | Error failure) {
                listenerFailed(failure);
            }
        }
    }

    private void read() throws IOException {
        ReadBuffer buffer = loop.local(ReadBuffer.OF_LOOP);
        long began = loop.nanoTime();
        for (int reads = 0;
                reads < READS_PER_TURN && (reads == 0 || loop.nanoTime() - began < READING_NANOS);
                reads++) {
            if (phase == Phase.CLOSED || isReadingPaused || isInputHeld) {
                return;
            }
            int count = buffer.fill(socket.getSourceChannel());
            if (count < 0) {
                endOfStream();
                return;
            }
            if (count == 0) {
                return;
            }
            lastReadMillis = loop.elapsedMillis();
            wiring.observer().bytesIn(peer.transport(), count);
            if (phase == Phase.OPEN || (phase != Phase.CLOSED && readsWhileClosing())) {
                bytesRead(buffer.bytes(), 0, count);
            }
            if (count < ReadBuffer.BYTES && !peer.transport().isSecure()) {
                // The socket is empty; asking again would cost a system call to hear so.
                return;
            }
        }
        if (peer.transport().isSecure() && phase != Phase.CLOSED && !isReadingPaused && !isInputHeld) {
            // What TLS has decrypted already makes no socket ready.
            socket.getSourceChannel().wakeupReads();
        }
    }

    private void endOfStream() {
        if (phase == Phase.OPEN) {
            cause = CloseCause.PEER_CLOSED;
            if (outbox.pendingBytes() > 0) {
                flush();
            }
        }
        end(cause);
    }

    private void appended() {
        queueFlush();
        if (isAwaitingWritable) {
            chargeOutput(outbox.uncharged());
        }
        if (outbox.pendingBytes() >= FLUSH_AT_BYTES) {
            if (!isAwaitingWritable) {
                flush();
            }
            if (outbox.pendingBytes() > wiring.settings().maxPendingBytes()) {
                abort(CloseCause.SLOW);
            }
        }
    }

    private void flush() {
        if (phase == Phase.CLOSED) {
            return;
        }
        try {
            beforeFlush();
            int sent = outbox.flush(sink);
            // TLS may have taken our bytes and still hold their ciphertext: only its flush() knows.
            boolean isEmpty = outbox.pendingBytes() == 0 && sink.flush();
            chargeOutput(outbox.uncharged());
            if (sent > 0) {
                wiring.observer().bytesOut(peer.transport(), sent);
            }
            if (!isEmpty) {
                stalled(sent > 0);
            } else {
                sent();
            }
        } catch (IOException broken) {
            LOG.debug("{}: {}", peer, broken.toString());
            end(CloseCause.IO_ERROR);
        } catch (RuntimeException | Error failure) {
            listenerFailed(failure);
        }
    }

    private void stalled(boolean moved) {
        if (phase == Phase.OPEN && (moved || !isAwaitingWritable)) {
            deadlineMillis = loop.elapsedMillis();
        }
        if (!isAwaitingWritable) {
            isAwaitingWritable = true;
            sink.resumeWrites();
        }
    }

    private void sent() throws IOException {
        if (isAwaitingWritable) {
            isAwaitingWritable = false;
            sink.suspendWrites();
            if (phase == Phase.OPEN && listener != null) {
                listener.drained();
            }
        }
        if (phase == Phase.CLOSING && outbox.pendingBytes() == 0) {
            if (hasPeerDone && SocketCloser.serves(socket)) {
                end(cause);
                return;
            }
            phase = Phase.LINGERING;
            sink.shutdownWrites();
            if (!sink.flush()) {
                isAwaitingWritable = true;
                sink.resumeWrites();
            } else if (SocketCloser.serves(socket)) {
                leave(cause);
                SocketCloser.linger(socket, deadlineMillis - loop.elapsedMillis());
            }
        }
    }

    /** Ends at once and, where the platform can, with a reset: what the kernel still holds is dropped too. */
    protected final void abort(CloseCause why) {
        if (phase != Phase.CLOSED) {
            try {
                socket.setOption(Options.CLOSE_ABORT, true);
            } catch (IOException | RuntimeException alreadyGone) {
                LOG.trace("no reset for {}", peer, alreadyGone);
            }
            end(why);
        }
    }

    private void listenerFailed(Throwable failure) {
        LOG.error("{}: closed, for its handler failed", peer, failure);
        end(CloseCause.LISTENER_FAILED);
    }

    private void notifyClosed(CloseCause why) {
        WireListener last = listener;
        listener = null;
        if (last != null) {
            last.closed(why);
        }
    }
}
