// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.ws.Origins;
import dev.holdfast.gateway.transport.ws.WebSocketSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Listeners on loopback for a test, with short times, and the conversations they have. */
public final class Server implements AutoCloseable {

    public static final TransportSettings QUICK = TransportSettings.defaults()
            .withIoThreads(2)
            .withTimes(Duration.ofMillis(400), Duration.ofMillis(400), Duration.ofSeconds(1), Duration.ofMillis(40));

    public final SocketListeners listeners;
    public final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final LinkedBlockingQueue<WireConversation> conversations = new LinkedBlockingQueue<>();
    private final boolean echoes;

    private Server(TransportSettings settings, boolean echoes) {
        this.echoes = echoes;
        this.listeners = SocketListeners.start(settings, new TransportObserver() {
            @Override
            public void refused(Transport transport, Refused kind) {
                refused.add(kind.tag());
            }
        });
    }

    public static Server echoing() {
        return echoing(QUICK);
    }

    public static Server echoing(TransportSettings settings) {
        return new Server(settings, true);
    }

    public static Server silent(TransportSettings settings) {
        return new Server(settings, false);
    }

    public static WebSocketSettings webSocket() {
        return WebSocketSettings.defaults().withOrigins(Origins.of(List.of("https://good.example")));
    }

    public InetSocketAddress tcp() {
        return tcp(ListenerOptions.PLAIN);
    }

    public InetSocketAddress tcp(ListenerOptions options) {
        try {
            return listeners.tcp(loopback(), options, acceptor());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public InetSocketAddress ws() {
        return ws(ListenerOptions.PLAIN, webSocket());
    }

    public InetSocketAddress ws(ListenerOptions options, WebSocketSettings settings) {
        try {
            return listeners.webSocket(loopback(), options, settings, acceptor());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Acceptor acceptor() {
        return wire -> {
            WireConversation conversation = new WireConversation(wire, echoes);
            conversations.add(conversation);
            return conversation;
        };
    }

    /** The next connection that came. */
    public WireConversation next() throws InterruptedException {
        WireConversation conversation = conversations.poll(5, TimeUnit.SECONDS);
        if (conversation == null) {
            throw new AssertionError("no connection came");
        }
        return conversation;
    }

    public boolean hasNone() {
        return conversations.isEmpty();
    }

    /** How many connections have come that nobody has asked for. */
    public int opened() {
        return conversations.size();
    }

    public static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @Override
    public void close() {
        listeners.close();
    }
}
