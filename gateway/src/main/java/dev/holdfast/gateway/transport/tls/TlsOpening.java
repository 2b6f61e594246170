// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.socket.IoLoop;
import dev.holdfast.gateway.transport.socket.LoopLocal;
import dev.holdfast.gateway.transport.socket.Stranger;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.ssl.SslConnection;

/**
 * The TLS handshake of one connection, from accept to its end. On the connection's loop.
 *
 * <pre>
 *   HELLO: the first record comes --> WAITING: for its turn within the rates --> HANDSHAKE: with an engine --> OVER
 * </pre>
 *
 * A client that sends no whole first record, within {@link TransportSettings#prefaceTimeout()}, costs no engine. One that does is counted
 * by the rates of CONNECTs. Each step of the handshake takes its turn with the other sockets of the loop ({@link HandshakeTurns}). A
 * connection that does not get through is counted as one of {@link Refused}.
 */
final class TlsOpening implements ReadReadyHandler {
    private static final Logger LOG = LoggerFactory.getLogger(TlsOpening.class);

    private static final LoopLocal<ByteBuffer> SCRATCH =
            new LoopLocal<>(loop -> ByteBuffer.allocate(FirstRecord.MOST_BYTES));

    private final StreamConnection socket;
    private final StreamSourceConduit source;
    private final TlsEntrance entrance;
    private final TransportSettings settings;
    private final IoLoop loop;
    private final Stranger stranger;
    private final @Nullable String host;
    private final Consumer<StreamConnection> then;
    private final FirstRecord first = new FirstRecord();
    private final XnioExecutor.Key timeout;
    private final HandshakeTurns turns;
    private Phase phase = Phase.HELLO;
    private @Nullable Input input;
    private @Nullable WatchedEngine engine;

    private enum Phase {
        HELLO,
        WAITING,
        HANDSHAKE,
        OVER,
        CLOSED
    }

    TlsOpening(
            TlsEntrance entrance,
            StreamConnection socket,
            Stranger stranger,
            @Nullable String host,
            Consumer<StreamConnection> then) {
        this.entrance = entrance;
        this.socket = socket;
        this.source = socket.getSourceChannel().getConduit();
        this.settings = entrance.wiring.settings();
        this.loop = entrance.wiring.loops().get(socket.getIoThread().getNumber());
        this.stranger = stranger;
        this.host = host;
        this.then = then;
        this.turns = loop.local(HandshakeTurns.OF_LOOP);
        this.timeout = socket.getIoThread()
                .executeAfter(
                        () -> refuse(Refused.TLS_UNFINISHED),
                        settings.prefaceTimeout().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** Begins to read. */
    void begin() {
        stranger.giveWayBy(this::close);
        stranger.whenItLeaves(this::left);
        source.setReadReadyHandler(this);
        source.resumeReads();
    }

    // ---- what the socket says

    @Override
    public void readReady() {
        if (phase == Phase.HELLO) {
            readFirst();
        } else if (phase == Phase.HANDSHAKE && input != null) {
            input.stepDue();
            turns.take(this::step);
        }
    }

    @Override
    public void terminated() {
        if (phase == Phase.HELLO || phase == Phase.WAITING) {
            paused(true);
        }
        if (input != null && input.upper != null) {
            input.upper.terminated();
        }
    }

    @Override
    public void forceTermination() {
        if (input != null && input.upper != null) {
            input.upper.forceTermination();
        } else {
            close();
        }
    }

    // ---- the first record

    private void readFirst() {
        ByteBuffer buffer = loop.local(SCRATCH);
        try {
            while (!first.isWhole()) {
                buffer.clear().limit(FirstRecord.MOST_BYTES - first.length());
                int count = source.read(buffer);
                if (count <= 0) {
                    paused(count < 0);
                    return;
                }
                first.add(buffer.flip());
                Refused fault = first.fault();
                if (fault != null) {
                    refuse(fault);
                    return;
                }
            }
        } catch (IOException broken) {
            paused(true);
            return;
        }
        timeout.remove();
        source.suspendReads();
        phase = Phase.WAITING;
        count();
    }

    /** No more has come just now. Who has said nothing at all, and goes, was a health check, which is nothing to count. */
    private void paused(boolean hasEnded) {
        if (!hasEnded) {
            stranger.keeps(first.length());
        } else if (first.length() > 0) {
            refuse(Refused.TLS_UNFINISHED);
        } else {
            close();
        }
    }

    private void count() {
        ConnectRates rates = settings.connectRates();
        long now = loop.nanoTime();
        long ofAddress = host == null ? 0 : rates.reserveOfAddress(host, now);
        if (ofAddress == ConnectRates.REFUSED) {
            refuse(Refused.TLS_RATE_PER_ADDRESS);
            return;
        }
        long ofAll = rates.reserveOfAll(now);
        if (ofAll == ConnectRates.REFUSED) {
            refuse(Refused.TLS_RATE);
            return;
        }
        stranger.countedByRates(host == null ? ConnectRates.Counted.BY_ALL : ConnectRates.Counted.BY_ADDRESS_AND_ALL);
        long wait = Math.max(ofAddress, ofAll);
        if (wait == 0) {
            turns.take(this::open);
        } else {
            entrance.wiring
                    .observer()
                    .refused(entrance.transport, ofAll == wait ? Refused.TLS_RATE : Refused.TLS_RATE_PER_ADDRESS);
            loop.after(Duration.ofNanos(wait), () -> turns.take(this::open));
        }
    }

    // ---- with an engine

    private void open() {
        if (phase != Phase.WAITING) {
            return;
        }
        phase = Phase.HANDSHAKE;
        stranger.keeps(0);
        Input paced = new Input(source, this, first.bytes());
        input = paced;
        socket.getSourceChannel().setConduit(paced);
        StreamConnection secure = entrance.tls.wrap(socket);
        if (UndertowXnioSsl.getSslEngine((SslConnection) secure) instanceof WatchedEngine watched) {
            engine = watched;
        }
        ((SslConnection) secure).getHandshakeSetter().set(this::over);
        then.accept(secure);
        step();
    }

    private void step() {
        if (phase != Phase.CLOSED && input != null) {
            input.step();
        }
    }

    private void over(SslConnection secure) {
        // Undertow takes the end of an engine for the end of its handshake.
        if (phase == Phase.HANDSHAKE && input != null && engine != null && !engine.isInboundDone()) {
            phase = Phase.OVER;
            engine.handshaken(entrance.violated);
            input.over();
            secure.getHandshakeSetter().set(null); // it would keep all this as long as the connection
        }
    }

    /** The connection has sent its first packet, or is gone. */
    private void left() {
        if (phase == Phase.HANDSHAKE) {
            phase = Phase.CLOSED;
            SSLException failure = engine == null ? null : engine.failure();
            LOG.debug("{}: no TLS", host, failure);
            stranger.refused(HandshakeFailure.of(failure));
        }
    }

    private void refuse(Refused why) {
        if (phase == Phase.HELLO || phase == Phase.WAITING) {
            LOG.debug("{}: {}", host, why);
            stranger.refused(why);
            close();
        }
    }

    private void close() {
        phase = Phase.CLOSED;
        timeout.remove();
        stranger.gone();
        IoUtils.safeClose(socket);
    }

    /**
     * What the engine reads: first what has come before there was one, then from the socket, in turn with the others while the handshake
     * lasts, and directly afterwards.
     */
    private static final class Input extends AbstractStreamSourceConduit<StreamSourceConduit> {
        private @Nullable TlsOpening opening;
        private @Nullable ByteBuffer first;
        private @Nullable ReadReadyHandler upper;
        private boolean isResumed;
        /** The next step waits for its turn, or is being done: the socket is not asked meanwhile. */
        private boolean isStepDue = true;

        Input(StreamSourceConduit source, TlsOpening opening, byte[] first) {
            super(source);
            this.opening = opening;
            this.first = ByteBuffer.wrap(first);
        }

        void stepDue() {
            isStepDue = true;
            next.suspendReads();
        }

        void step() {
            ReadReadyHandler reader = upper;
            if (isResumed && reader != null) {
                reader.readReady();
            }
            isStepDue = false;
            if (isResumed) {
                next.resumeReads();
                if (first != null && opening != null) {
                    wakeupReads();
                }
            }
        }

        void over() {
            next.setReadReadyHandler(upper);
            opening = null;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            ByteBuffer before = first;
            if (before == null) {
                return next.read(into);
            }
            int count = Math.min(before.remaining(), into.remaining());
            into.put(before.slice(before.position(), count));
            before.position(before.position() + count);
            if (!before.hasRemaining()) {
                first = null;
            }
            return count;
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) throws IOException {
            return first == null ? next.read(into, offset, length) : read(into[offset]);
        }

        @Override
        public void setReadReadyHandler(ReadReadyHandler handler) {
            if (opening == null) {
                next.setReadReadyHandler(handler);
            } else {
                upper = handler;
            }
        }

        @Override
        public void resumeReads() {
            isResumed = true;
            if (!isStepDue) {
                next.resumeReads();
            }
        }

        @Override
        public void suspendReads() {
            isResumed = false;
            next.suspendReads();
        }

        @Override
        public void wakeupReads() {
            isResumed = true;
            TlsOpening handshake = opening;
            if (handshake == null) {
                next.wakeupReads();
            } else if (!isStepDue) {
                stepDue();
                handshake.turns.takeLater(handshake::step);
            }
        }

        @Override
        public boolean isReadResumed() {
            return isResumed;
        }
    }
}
