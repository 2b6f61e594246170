// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * A TCP proxy on a free loopback port, with the troubles of a network to order. Each lasts until {@link #heal}, but
 * for those that end connections. Any thread.
 */
public final class FaultProxy implements AutoCloseable {
    /** The way that bytes take. */
    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    private static final int CONNECT_MILLIS = 2_000;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ServerSocket door;
    private final IntSupplier server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Trouble toServer = new Trouble();
    private final Trouble toClient = new Trouble();
    private volatile boolean cut;

    /** What happens to the bytes of one direction. */
    private static final class Trouble {
        private volatile long delayNanos;
        private volatile boolean sliced;
        private volatile boolean held;
    }

    private FaultProxy(ServerSocket door, IntSupplier server) {
        this.door = door;
        this.server = server;
    }

    /** A proxy without any trouble, to a loopback port that is asked for at each connection. */
    public static FaultProxy to(IntSupplier server) {
        try {
            FaultProxy proxy = new FaultProxy(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()), server);
            spawn("door", proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return door.getLocalPort();
    }

    /** How many connections there are. */
    int connections() {
        return links.size();
    }

    /** Whatever is read at once arrives this much later; what comes behind it waits. */
    public FaultProxy delay(Direction direction, Duration by) {
        trouble(direction).delayNanos = by.toNanos();
        return this;
    }

    /** Every byte is written, and leaves, by itself. */
    public FaultProxy slice(Direction direction) {
        trouble(direction).sliced = true;
        return this;
    }

    /** Nothing passes and nothing closes, as when packets are lost; what is on its way arrives after {@link #heal}. */
    public FaultProxy hold(Direction direction) {
        trouble(direction).held = true;
        return this;
    }

    /** Both directions are held. */
    public FaultProxy blackhole() {
        return hold(Direction.TO_SERVER).hold(Direction.TO_CLIENT);
    }

    /** Every connection ends, and no new one lives. */
    public FaultProxy cut() {
        cut = true;
        links.forEach(Link::close);
        return this;
    }

    /** Every connection ends with RST, on both sides. */
    public FaultProxy reset() {
        links.forEach(Link::reset);
        return this;
    }

    /** The server sees its connections end; the clients see nothing, and nobody answers them. */
    public FaultProxy halfOpen() {
        links.forEach(Link::abandon);
        return this;
    }

    /** Everything passes again. */
    public FaultProxy heal() {
        for (Trouble trouble : new Trouble[] {toServer, toClient}) {
            trouble.delayNanos = 0;
            trouble.sliced = false;
            trouble.held = false;
        }
        cut = false;
        return this;
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private Trouble trouble(Direction direction) {
        return direction == Direction.TO_SERVER ? toServer : toClient;
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                // Connecting may take its time: a stopped server's backlog can be full.
                spawn("link", () -> link(client));
            } catch (IOException closed) {
                // Said by isClosed.
            }
        }
    }

    private void link(Socket client) {
        Socket toTarget = new Socket();
        Link link = new Link(client, toTarget);
        links.add(link);
        try {
            if (cut) {
                throw new IOException("cut");
            }
            toTarget.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getAsInt()), CONNECT_MILLIS);
            client.setTcpNoDelay(true);
            toTarget.setTcpNoDelay(true);
            spawn("to-client", () -> pump(toTarget, client, toClient, link));
            pump(client, toTarget, toServer, link);
        } catch (IOException refused) {
            if (!link.abandoned) {
                link.reset();
            }
        }
    }

    private void pump(Socket from, Socket to, Trouble trouble, Link link) {
        byte[] buffer = new byte[65_536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                pass(buffer, count, out, trouble, link);
            }
        } catch (IOException broken) {
            // The other side is to see it, too.
        }
        if (!link.abandoned) {
            link.close();
        }
    }

    private static void pass(byte[] buffer, int count, OutputStream out, Trouble trouble, Link link)
            throws IOException {
        long arrival = System.nanoTime() + trouble.delayNanos;
        while (trouble.held || (trouble.delayNanos > 0 && System.nanoTime() < arrival)) {
            if (link.ended) {
                throw new IOException("ended");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        if (link.abandoned) {
            return;
        }
        if (!trouble.sliced) {
            out.write(buffer, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            out.write(buffer, i, 1);
        }
    }

    private static void spawn(String what, Runnable task) {
        Thread thread = new Thread(task, "fault-proxy-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    /** One connection through the proxy. */
    private final class Link {
        private final Socket client;
        private final Socket toTarget;
        private volatile boolean ended;
        private volatile boolean abandoned;

        Link(Socket client, Socket toTarget) {
            this.client = client;
            this.toTarget = toTarget;
        }

        void close() {
            ended = true;
            links.remove(this);
            closeQuietly(client);
            closeQuietly(toTarget);
        }

        void reset() {
            try {
                client.setSoLinger(true, 0);
                toTarget.setSoLinger(true, 0);
            } catch (IOException alreadyClosed) {
                // Then it has been seen.
            }
            close();
        }

        void abandon() {
            abandoned = true;
            closeQuietly(toTarget);
        }

        private void closeQuietly(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                // It is gone, which was the wish.
            }
        }
    }
}
