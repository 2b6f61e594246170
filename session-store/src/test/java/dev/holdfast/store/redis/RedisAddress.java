// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One address that leads to one of several servers, like a virtual address or a DNS name of a managed Redis. It may lead back to a
 * server that has missed the writes to another one. Any thread may connect; one thread changes where the address leads to.
 */
public final class RedisAddress implements AutoCloseable {
    private final List<RedisProcess> servers = new ArrayList<>();
    private final ServerSocket door;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile RedisProcess target;

    private RedisAddress(ServerSocket door, int count) {
        this.door = door;
        for (int i = 0; i < count; i++) {
            servers.add(RedisProcess.start("--appendonly", "yes", "--appendfsync", "always"));
        }
        target = servers.get(0);
        run(this::accept);
    }

    /** Starts servers that do not know of each other; the address leads to the first one. */
    public static RedisAddress start(int count) {
        try {
            return new RedisAddress(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()), count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return door.getLocalPort();
    }

    public String addressForGateways() {
        return "redis://" + RedisUser.NAME + ":" + RedisUser.PASSWORD + "@127.0.0.1:" + port();
    }

    public RedisProcess server(int index) {
        return servers.get(index);
    }

    public List<RedisProcess> servers() {
        return List.copyOf(servers);
    }

    /** Copies the data of the present server to another one, makes that a master, and has the address lead to it. */
    public void failOver(int index) {
        RedisProcess next = servers.get(index);
        next.command("REPLICAOF", "127.0.0.1", Integer.toString(target.port()));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> next.command("INFO", "replication").contains("master_link_status:up"));
        target.command("WAIT", "1", "5000");
        next.command("REPLICAOF", "NO", "ONE");
        leadTo(index);
    }

    /** Has the address lead to a server with the data that it has; every connection ends. */
    public void leadTo(int index) {
        target = servers.get(index);
        cut();
    }

    /** Ends every connection. */
    public void cut() {
        sockets.forEach(RedisAddress::closeQuietly);
    }

    @Override
    public void close() {
        closeQuietly(door);
        cut();
        servers.forEach(RedisProcess::close);
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                RedisProcess its = target;
                run(() -> join(client, its));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void join(Socket client, RedisProcess its) {
        Socket server = new Socket();
        sockets.add(client);
        sockets.add(server);
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), its.port()), 2_000);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            leave(client, server);
            return;
        }
        if (its != target) {
            leave(client, server);
            return;
        }
        run(() -> copy(client, server));
        copy(server, client);
    }

    private void copy(Socket from, Socket to) {
        byte[] buffer = new byte[65_536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
        } catch (IOException closed) {
            // Then the other side is to see it too.
        }
        leave(from, to);
    }

    private void leave(Socket one, Socket other) {
        sockets.remove(one);
        sockets.remove(other);
        closeQuietly(one);
        closeQuietly(other);
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            // It is gone, which was the wish.
        }
    }

    private static void run(Runnable task) {
        Thread thread = new Thread(task, "redis-address");
        thread.setDaemon(true);
        thread.start();
    }
}
