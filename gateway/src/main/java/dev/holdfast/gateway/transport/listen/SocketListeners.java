// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.listen;

import dev.holdfast.gateway.limits.AddressPlaces;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.Acceptor;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.socket.IoLoop;
import dev.holdfast.gateway.transport.socket.WireContext;
import dev.holdfast.gateway.transport.tcp.TcpWire;
import dev.holdfast.gateway.transport.ws.WebSocketDoor;
import dev.holdfast.gateway.transport.ws.WebSocketSettings;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.IoFuture;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * All the listeners of the process on one Undertow. Undertow itself is started without listeners of its own, since it
 * can close those only together with its threads; its worker carries TCP and its HTTP server carries WebSocket.
 */
public final class SocketListeners implements AutoCloseable {

    private static final int HTTP_BUFFER_BYTES = 16 * 1024;
    private static final int HTTP_BUFFERS_POOLED = 256;
    /** How many connections of a listener that is full have to go before it accepts again; XNIO wants one at least. */
    private static final int RESUMED_AFTER = 8;

    /** What a connection with its session and a few subscriptions costs, TLS included; not less. */
    private static final int BYTES_OF_CONNECTION = 8 * 1024;

    private final TransportSettings settings;
    private final TransportObserver observer;
    private final Undertow undertow;
    private final XnioWorker worker;
    private final List<IoLoop> loops;
    private final ByteBufferPool httpBuffers =
            new DefaultByteBufferPool(true, HTTP_BUFFER_BYTES, HTTP_BUFFERS_POOLED, 4);
    private final Gate gate;
    private final AddressPlaces places;
    private final List<Runnable> unfinished = new CopyOnWriteArrayList<>();
    private final List<AcceptingChannel<?>> forClients = new CopyOnWriteArrayList<>();

    private SocketListeners(TransportSettings settings, TransportObserver observer, Undertow undertow) {
        this.settings = settings;
        this.observer = observer;
        this.undertow = undertow;
        this.worker = undertow.getWorker();
        List<IoLoop> found = new ArrayList<>();
        for (int number = 0; number < worker.getIoThreadCount(); number++) {
            found.add(new IoLoop(worker.getIoThread(number), settings, observer));
        }
        this.loops = List.copyOf(found);
        this.gate = new Gate(worker, loops);
        Integer perAddress = settings.maxPerAddress();
        this.places = new AddressPlaces(perAddress == null ? shareOfOneAddress() : perAddress);
    }

    /** Starts the I/O threads. Nothing listens yet. */
    public static SocketListeners start(TransportSettings settings, TransportObserver observer) {
        Undertow undertow = Undertow.builder()
                .setIoThreads(settings.ioThreads())
                .setWorkerThreads(Math.max(2, settings.ioThreads()))
                .setWorkerOption(Options.WORKER_NAME, "holdfast")
                .setWorkerOption(Options.THREAD_DAEMON, false)
                .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, 5_000)
                .build();
        undertow.start();
        return new SocketListeners(settings, observer, undertow);
    }

    /** What is left for the others however many connections one address opens: a quarter of all that there is room for. */
    private int shareOfOneAddress() {
        long byMemory = settings.memory().budget().bytes() / BYTES_OF_CONNECTION;
        return (int) Math.max(1, Math.min(gate.mostConnections(), byMemory) / 4 * 3);
    }

    /** The I/O threads as loops, by number. */
    public List<IoLoop> loops() {
        return loops;
    }

    /** Listens for MQTT on TCP or TLS. Port 0 takes a free one. Returns the bound address. */
    public InetSocketAddress tcp(InetSocketAddress address, ListenerOptions options, Acceptor acceptor)
            throws IOException {
        WireContext wiring = wiring(acceptor);
        Transport transport = options.tls() == null ? Transport.TCP : Transport.TLS;
        return listenForClients(
                address,
                new Entrance(
                        wiring,
                        options,
                        transport,
                        nobody -> false,
                        (socket, client, stranger) ->
                                TcpWire.open(socket, wiring, Peer.of(client, transport), stranger)));
    }

    /** Listens for MQTT on WebSocket, over TLS or not. Port 0 takes a free one. Returns the bound address. */
    public InetSocketAddress webSocket(
            InetSocketAddress address, ListenerOptions options, WebSocketSettings webSocket, Acceptor acceptor)
            throws IOException {
        return webSocket(address, options, webSocket, null, acceptor);
    }

    /**
     * Listens for MQTT on WebSocket, and for plain HTTP beside it.
     *
     * @param otherPaths answers requests for other paths than the WebSocket's, on an I/O thread; null refuses them
     * @return the bound address
     */
    public InetSocketAddress webSocket(
            InetSocketAddress address,
            ListenerOptions options,
            WebSocketSettings webSocket,
            @Nullable HttpHandler otherPaths,
            Acceptor acceptor)
            throws IOException {
        WireContext wiring = wiring(acceptor);
        Transport transport = options.tls() == null ? Transport.WS : Transport.WSS;
        WebSocketDoor door = new WebSocketDoor(webSocket, wiring, transport, httpBuffers, otherPaths);
        unfinished.add(door::closeConnections);
        return listenForClients(
                address, new Entrance(wiring, options, transport, webSocket.trustedProxies()::isTrusted, door::enter));
    }

    /** Listens for other gateways, which nobody counts among the clients. Port 0 takes a free one. Returns the bound address. */
    public InetSocketAddress peers(InetSocketAddress address, Acceptor acceptor) throws IOException {
        WireContext wiring = peerWiring(acceptor);
        Entrance entrance = new Entrance(
                wiring, ListenerOptions.PLAIN, Transport.TCP, nobody -> false, (socket, peer, stranger) -> {
                    stranger.leave();
                    TcpWire.open(socket, wiring, Peer.of(peer, Transport.TCP), null);
                });
        return listen(address, entrance).getLocalAddress(InetSocketAddress.class);
    }

    /**
     * Connects to another gateway.
     *
     * @param loop the wire's
     * @param acceptor gets the wire, on that loop
     * @return done after that; failed if nobody answered in time
     */
    public CompletableFuture<@Nullable Void> connect(
            InetSocketAddress address, IoLoop loop, Duration patience, Acceptor acceptor) {
        WireContext wiring = peerWiring(acceptor);
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        IoFuture<StreamConnection> connecting = worker.getIoThread(loop.index())
                .openStreamConnection(
                        address,
                        socket -> {
                            TcpWire.open(socket, wiring, Peer.of(address, Transport.TCP), null);
                            done.complete(null);
                        },
                        OptionMap.create(Options.TCP_NODELAY, true));
        connecting.addNotifier(
                (future, nothing) -> {
                    if (future.getStatus() == IoFuture.Status.FAILED) {
                        done.completeExceptionally(future.getException());
                    }
                },
                null);
        return done.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).whenComplete((nothing, failure) -> {
            if (failure != null) {
                connecting.cancel();
            }
        });
    }

    /**
     * Closes the accept sockets for clients, and whatever has not got through its handshake. Open connections stay, and other
     * gateways may come still.
     */
    public void stopAcceptingClients() {
        forClients.forEach(gate::close);
        unfinished.forEach(Runnable::run);
    }

    /** Closes the accept sockets and whatever has not got through its handshake. Open connections stay. */
    public void stopAccepting() {
        gate.close();
        unfinished.forEach(Runnable::run);
    }

    /**
     * Stops: no new connections, then a close with {@link CloseCode#GOING_AWAY} for those that are left, then, when
     * they are gone or patience is over, the threads. Not to be called on a loop.
     */
    public void stop(Duration patience) {
        stopAccepting();
        onEveryLoop(loop -> loop.closeAll(CloseCode.GOING_AWAY));
        long end = System.nanoTime() + patience.toNanos();
        boolean isEmpty = false;
        while (!isEmpty && System.nanoTime() < end) {
            isEmpty = awaitTurn(end);
        }
        onEveryLoop(IoLoop::abortAll);
        // A turn more, in which the listeners hear of it.
        awaitTurn(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
        undertow.stop();
        httpBuffers.close();
    }

    /** Stops without patience. */
    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    private WireContext wiring(Acceptor acceptor) {
        return new WireContext(settings, observer, places, acceptor, loops);
    }

    /** What is on its way to another gateway is bounded by whoever sends it. */
    private WireContext peerWiring(Acceptor acceptor) {
        return new WireContext(
                settings.withMaxPendingBytes(Integer.MAX_VALUE),
                TransportObserver.NONE,
                AddressPlaces.UNBOUNDED,
                acceptor,
                loops);
    }

    private InetSocketAddress listenForClients(InetSocketAddress address, Consumer<StreamConnection> entrance)
            throws IOException {
        AcceptingChannel<?> server = listen(address, entrance);
        forClients.add(server);
        return server.getLocalAddress(InetSocketAddress.class);
    }

    private AcceptingChannel<?> listen(InetSocketAddress address, Consumer<StreamConnection> entrance)
            throws IOException {
        // XNIO accepts ahead of the handlers, so that the gate alone would come too late for the flood of one listener.
        int most = gate.mostConnections();
        OptionMap options = OptionMap.builder()
                .set(Options.CONNECTION_HIGH_WATER, most)
                .set(Options.CONNECTION_LOW_WATER, Math.max(1, most - RESUMED_AFTER))
                .set(Options.TCP_NODELAY, true)
                .set(Options.REUSE_ADDRESSES, true)
                .set(Options.BACKLOG, settings.backlog())
                .getMap();
        AcceptingChannel<StreamConnection> server =
                worker.createStreamConnectionServer(address, listener -> accept(listener, entrance), options);
        gate.open(server);
        return server;
    }

    private void accept(AcceptingChannel<StreamConnection> server, Consumer<StreamConnection> entrance) {
        try {
            StreamConnection socket = server.accept();
            if (socket != null) {
                entrance.accept(socket);
                gate.accepted(socket, loops.get(socket.getIoThread().getNumber()));
            }
        } catch (IOException outOfDescriptors) {
            // The kernel keeps the connection; the next accept event tries again.
        }
    }

    private void onEveryLoop(Consumer<IoLoop> task) {
        for (IoLoop loop : loops) {
            loop.execute(() -> task.accept(loop));
        }
    }

    /** Waits for each loop to have come round; tells whether no wire is left. */
    private boolean awaitTurn(long endNanos) {
        CountDownLatch rounds = new CountDownLatch(loops.size());
        CountDownLatch empty = new CountDownLatch(loops.size());
        onEveryLoop(loop -> {
            if (loop.wireCount() == 0) {
                empty.countDown();
            }
            rounds.countDown();
        });
        try {
            if (!rounds.await(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                return false;
            }
            if (empty.getCount() > 0) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return true;
        }
        return empty.getCount() == 0;
    }
}
