// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.transport.socket.Stranger;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.Option;
import org.xnio.StreamConnection;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A connection as Undertow's HTTP server sees it, to be thrown away at the upgrade.
 *
 * <p>Undertow hangs its connection object, parser, timeout and response buffers on the close listener of the
 * connection it serves, XNIO has no way to take a close listener off again, and so all of that would live as long as
 * the WebSocket: 950 bytes each. Here they hang on this view. After {@link #retire} nothing refers to the view.
 */
final class HttpView extends StreamConnection {

    private final StreamConnection socket;
    private final InetSocketAddress client;
    private final CloseRelay relay;
    private final Stranger stranger;
    private final Input input;
    private boolean isAnswered;
    private boolean isRetired;

    private HttpView(StreamConnection socket, InetSocketAddress client, Stranger stranger, CloseRelay relay) {
        super(socket.getIoThread());
        this.socket = socket;
        this.client = client;
        this.stranger = stranger;
        this.relay = relay;
        this.input = new Input(socket.getSourceChannel().getConduit());
        setSourceConduit(input);
        setSinkConduit(socket.getSinkChannel().getConduit());
    }

    /**
     * The view of a connection of which nothing was read yet.
     *
     * @param stranger the connection as it was counted at its accept
     * @param unanswered is called if the connection ends before there was a request that could be answered; not if the
     *     other end has gone without a word, as a health check does
     */
    static HttpView of(StreamConnection socket, InetSocketAddress client, Stranger stranger, Runnable unanswered) {
        CloseRelay relay = new CloseRelay();
        HttpView view = new HttpView(socket, client, stranger, relay);
        relay.target = closed -> {
            stranger.gone();
            if (!view.isAnswered && !view.input.isProbe() && !stranger.isRefused()) {
                view.isAnswered = true;
                unanswered.run();
            }
            IoUtils.safeClose(view);
        };
        stranger.giveWayBy(() -> IoUtils.safeClose(socket));
        socket.setCloseListener(relay);
        return view;
    }

    /**
     * Tells the HTTP server that its connection is over, while the socket stays open, and lets a listener hear of the
     * socket's close from now on. An exchange that was running ends without a response.
     */
    StreamConnection retire(ChannelListener<StreamConnection> heir) {
        relay.target = heir;
        isRetired = true;
        ChannelListener<? super StreamConnection> http = getCloseListener();
        if (http != null) {
            http.handleEvent(this);
        }
        return socket;
    }

    /** The request was one, and is refused. */
    void answered() {
        isAnswered = true;
    }

    Stranger stranger() {
        return stranger;
    }

    StreamConnection socket() {
        return socket;
    }

    @Override
    public boolean isOpen() {
        return !isRetired && super.isOpen();
    }

    @Override
    public SocketAddress getPeerAddress() {
        return client;
    }

    @Override
    public SocketAddress getLocalAddress() {
        return socket.getLocalAddress();
    }

    @Override
    public boolean supportsOption(Option<?> option) {
        return socket.supportsOption(option);
    }

    @Override
    public <T> T getOption(Option<T> option) throws IOException {
        return socket.getOption(option);
    }

    @Override
    public <T> T setOption(Option<T> option, T value) throws IOException {
        return socket.setOption(option, value);
    }

    @Override
    protected void closeAction() throws IOException {
        socket.close();
    }

    /** Notes whether anything came before the end. */
    private static final class Input extends AbstractStreamSourceConduit<StreamSourceConduit> {
        private boolean hasBegun;
        private boolean hasEnded;

        Input(StreamSourceConduit next) {
            super(next);
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            try {
                int count = super.read(into);
                hasBegun |= count > 0;
                hasEnded |= count < 0;
                return count;
            } catch (IOException broken) {
                hasEnded = true;
                throw broken;
            }
        }

        boolean isProbe() {
            return hasEnded && !hasBegun;
        }
    }

    /** The one close listener of the socket, whose target changes. */
    private static final class CloseRelay implements ChannelListener<StreamConnection> {

        private ChannelListener<StreamConnection> target = closed -> {};

        @Override
        public void handleEvent(StreamConnection closed) {
            target.handleEvent(closed);
        }
    }
}
