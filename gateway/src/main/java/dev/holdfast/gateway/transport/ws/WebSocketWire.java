// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.socket.SocketWire;
import dev.holdfast.gateway.transport.socket.Stranger;
import dev.holdfast.gateway.transport.socket.WireContext;
import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;
import org.xnio.StreamConnection;

/**
 * A wire whose bytes are the payload of binary WebSocket frames. How the bytes that come are cut into frames means nothing
 * [MQTT-6.0.0-2]; what is sent is one packet in each.
 */
final class WebSocketWire extends SocketWire implements FrameSink, Inflation.Sink {

    private final FrameReader frames;
    private final WebSocketSettings settings;

    /** The last ping's payload, not answered yet. A newer ping takes its place, as RFC 6455 section 5.5.3 allows. */
    private byte @Nullable [] pong;

    /** What the end that has been read does, while the listener does not read on. */
    private @Nullable Runnable heldEnd;

    /** What inflates its messages; null if the client may not compress them, and is not sent compressed ones. */
    private final @Nullable Inflation inflation;

    /** What has been read and not dealt with, since the inflation has stopped. */
    private byte @Nullable [] heldRead;

    private boolean isInflationDue;

    private final boolean endsAtPing;
    private boolean isCloseSent;

    /** When it was last pinged, in the loop's milliseconds; 0 before the first time. */
    private long pingedMillis;

    /**
     * A wire whose opening handshake has been accepted.
     *
     * @param endsAtPing whether a ping would end the client, see {@link Handshake#endsAtPing}
     * @param deflates whether messages may be compressed, in both directions
     */
    WebSocketWire(
            StreamConnection socket,
            WireContext wiring,
            Peer peer,
            WebSocketSettings settings,
            Stranger stranger,
            boolean endsAtPing,
            boolean deflates) {
        super(socket, wiring, peer, Frames.BINARY, stranger);
        this.settings = settings;
        this.endsAtPing = endsAtPing;
        this.frames = new FrameReader(this, settings.maxFrameBytes(), deflates);
        this.inflation = deflates ? new Inflation(loop(), settings.maxFrameBytes(), this) : null;
    }

    /**
     * Opens the wire: the response to the upgrade request goes out before everything else; the bytes that came in one
     * segment with the request are read first.
     */
    void open(byte[] response, byte[] pipelined) {
        appendFrame(response);
        open();
        firstBytes(pipelined);
    }

    @Override
    protected void bytesRead(byte[] buffer, int offset, int length) {
        Inflation inflating = inflation;
        if (inflating == null) {
            frames.read(buffer, offset, length);
            return;
        }
        inflating.step();
        int done = frames.read(buffer, offset, length);
        if (inflating.isStopped()) {
            heldRead = Frames.copy(buffer, offset + done, length - done);
            holdInput();
            inflateLater();
        }
        charge(inflating);
    }

    /** Goes on inflating in its turn, unless the listener does not read: then that goes on when it reads again. */
    private void inflateLater() {
        if (!isInflationDue && !isReadingPaused()) {
            isInflationDue = true;
            loop().gradually(this, this::inflate);
        }
    }

    /** A step; answers whether no other one is due. */
    private boolean inflate() {
        Inflation inflating = inflation;
        if (phase() != Phase.OPEN || isReadingPaused() || inflating == null) {
            isInflationDue = false;
            return true;
        }
        guarded(() -> {
            inflating.step();
            inflating.goOn();
            byte[] held = heldRead;
            if (held != null && !inflating.isStopped()) {
                heldRead = null;
                int done = frames.read(held, 0, held.length);
                if (inflating.isStopped()) {
                    heldRead = Frames.copy(held, done, held.length - done);
                }
            }
        });
        if (phase() == Phase.OPEN) {
            charge(inflating);
        }
        if (inflating.isStopped() && phase() == Phase.OPEN && !isReadingPaused()) {
            return false;
        }
        isInflationDue = false;
        if (!inflating.isStopped()) {
            releaseInput();
        }
        return true;
    }

    /** What is held between two steps is charged; where there is no room for it the connection ends. */
    private void charge(Inflation inflating) {
        if (phase() == Phase.CLOSED) {
            return;
        }
        byte[] held = heldRead;
        int bytes = inflating.heldBytes() + (held == null ? 0 : held.length);
        if (chargeInflation(bytes - inflating.charged())) {
            inflating.charged(bytes);
        } else {
            abort(CloseCause.OUT_OF_ROOM);
        }
    }

    @Override
    public void deflated(byte[] buffer, int offset, int length, boolean ends) {
        if (inflation != null && phase() == Phase.OPEN) {
            inflation.take(buffer, offset, length, ends);
        }
    }

    @Override
    public void inflated(byte[] bytes, int offset, int length) {
        deliver(bytes, offset, length);
    }

    @Override
    public boolean wantsMore() {
        return !isReadingPaused();
    }

    @Override
    public boolean isStopped() {
        return inflation != null && inflation.isStopped() && phase() == Phase.OPEN;
    }

    @Override
    protected void ended() {
        if (inflation != null) {
            chargeInflation(-inflation.charged());
            inflation.charged(0);
            inflation.close();
            heldRead = null;
        }
    }

    @Override
    protected byte @Nullable [] wholeFrame(byte[] packet, int headLength, Message message) {
        if (inflation == null) {
            return null;
        }
        byte[] frame = loop().local(DeflatedPublications.OF_LOOP).of(packet, headLength, message);
        if (frame != null) {
            int plain = headLength + message.payloadLength();
            observeSaved(plain + Frames.BINARY.headerBytes(plain) - frame.length);
        }
        return frame;
    }

    @Override
    protected boolean readsWhileClosing() {
        return true;
    }

    @Override
    public void payload(byte[] buffer, int offset, int length) {
        deliver(buffer, offset, length);
    }

    @Override
    public void ping(byte[] buffer, int offset, int length) {
        if (phase() == Phase.OPEN) {
            pong = Frames.copy(buffer, offset, length);
            queueFlush();
        }
    }

    @Override
    public void pong() {
        // That something was read is all it says.
    }

    @Override
    public void closeFrame(int code) {
        endWith(() -> {
            isCloseSent = true;
            appendFrame(code == ClosePayload.NO_CODE ? Frames.close() : Frames.close(code, ""));
            close(CloseCode.NORMAL, CloseCause.PEER_CLOSED);
        });
    }

    @Override
    public void violation(int code, String reason) {
        endWith(() -> close(new CloseCode(code, reason), CloseCause.PROTOCOL_VIOLATION));
    }

    /**
     * Ends the wire once the listener has dealt with all that came before: now, or when it reads on. Nothing is read behind
     * the end, so what waits meanwhile is no more than one read has brought.
     */
    private void endWith(Runnable end) {
        heldEnd = end;
        dealWithHeldEnd();
    }

    private void dealWithHeldEnd() {
        Runnable end = heldEnd;
        if (end != null && phase() == Phase.OPEN && !isReadingPaused()) {
            heldEnd = null;
            end.run();
        }
    }

    @Override
    protected void readingResumed() {
        if (heldEnd != null) {
            loop().execute(this::dealWithHeldEnd); // first the listener takes what it has been given
        }
        if (isStopped()) {
            inflateLater();
        }
    }

    @Override
    protected void appendFarewell(CloseCode code) {
        if (!isCloseSent) {
            isCloseSent = true;
            appendFrame(Frames.close(code.webSocketCode(), code.reason()));
        }
    }

    @Override
    protected void beforeFlush() {
        byte[] payload = pong;
        if (payload != null && phase() == Phase.OPEN) {
            pong = null;
            appendFrame(Frames.pong(payload));
        }
    }

    /**
     * Sends something about once in each ping interval of silence, so that balancers keep the connection, and ends one
     * that has not answered for too long, unless its listener watches over that.
     */
    @Override
    protected void swept(long nowMillis) {
        if (settings.pingInterval().isZero()) {
            return;
        }
        long heardMillis = lastReadMillis();
        long interval = settings.pingInterval().toMillis();
        boolean isPinged = pingedMillis >= heardMillis;
        boolean isOverdue =
                nowMillis - heardMillis >= interval + settings.pongPatience().toMillis();
        if (isPinged && isOverdue && !endsAtPing && !isReadingPaused() && !isWatchedByListener()) {
            end(CloseCause.IDLE);
        } else if (nowMillis - Math.max(heardMillis, pingedMillis) >= interval) {
            pingedMillis = nowMillis;
            appendFrame(endsAtPing ? Frames.empty() : Frames.ping());
        }
    }
}
