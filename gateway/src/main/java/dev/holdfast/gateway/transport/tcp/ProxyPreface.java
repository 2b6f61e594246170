// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.socket.Stranger;
import dev.holdfast.gateway.transport.socket.WireContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * Reads the PROXY protocol header of one connection, and not a byte more, then hands the connection on. A connection
 * that sends something else, or takes longer than {@link TransportSettings#prefaceTimeout()}, is closed.
 */
public final class ProxyPreface implements ChannelListener<ConduitStreamSourceChannel> {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyPreface.class);

    private final StreamConnection socket;
    private final WireContext wiring;
    private final Transport transport;
    private final Consumer<@Nullable InetSocketAddress> then;
    private final Stranger stranger;
    private final HeaderRefusals refusals;
    private final ProxyHeader header = new ProxyHeader();
    private final XnioExecutor.Key timeout;

    private ProxyPreface(
            StreamConnection socket,
            WireContext wiring,
            Transport transport,
            Stranger stranger,
            HeaderRefusals refusals,
            Consumer<@Nullable InetSocketAddress> then) {
        this.stranger = stranger;
        this.refusals = refusals;
        this.socket = socket;
        this.wiring = wiring;
        this.transport = transport;
        this.then = then;
        this.timeout = socket.getIoThread()
                .executeAfter(this::overdue, wiring.settings().prefaceTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Begins to read the header; on the connection's I/O thread.
     *
     * @param then gets the client's address there; null where the header says that the proxy itself has connected, or nothing
     */
    public static void read(
            StreamConnection socket,
            WireContext wiring,
            Transport transport,
            Stranger stranger,
            HeaderRefusals refusals,
            Consumer<@Nullable InetSocketAddress> then) {
        ProxyPreface preface = new ProxyPreface(socket, wiring, transport, stranger, refusals, then);
        stranger.giveWayBy(() -> preface.refuse("no room"));
        socket.getSourceChannel().setReadListener(preface);
        socket.getSourceChannel().resumeReads();
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel source) {
        try {
            byte[] bytes = new byte[header.wanted()];
            int count = source.read(ByteBuffer.wrap(bytes));
            while (count > 0 && !header.add(bytes, count)) {
                bytes = new byte[header.wanted()];
                count = source.read(ByteBuffer.wrap(bytes));
            }
            if (count < 0) {
                gone("it was closed before its end");
            } else if (count > 0) {
                complete(source);
            }
        } catch (ProxyHeader.Malformed wrong) {
            missing(String.valueOf(wrong.getMessage()));
        } catch (IOException broken) {
            gone("the connection broke");
        }
    }

    private void complete(ConduitStreamSourceChannel source) {
        timeout.remove();
        source.suspendReads();
        source.setReadListener(null);
        then.accept(header.source());
    }

    /** The other end has gone. Who has said nothing was a health check, which is nothing to count. */
    private void gone(String why) {
        if (header.hasBegun()) {
            missing(why);
        } else {
            timeout.remove();
            stranger.leave();
            IoUtils.safeClose(socket);
        }
    }

    private void overdue() {
        if (header.hasBegun()) {
            missing("it did not end in time");
        } else {
            refuse("no PROXY header in time");
        }
    }

    /** What has come is no header: whoever stands before this gateway sends none, most likely. */
    private void missing(String why) {
        InetSocketAddress peer = socket.getPeerAddress(InetSocketAddress.class);
        if (peer != null) {
            refusals.refused(peer, why);
        }
        refuse(why);
    }

    private void refuse(String why) {
        timeout.remove();
        stranger.leave();
        if (socket.isOpen()) {
            LOG.debug("{} refused: {}", socket.getPeerAddress(), why);
            wiring.observer().refused(transport, Refused.PROXY_HEADER);
            IoUtils.safeClose(socket);
        }
    }
}
