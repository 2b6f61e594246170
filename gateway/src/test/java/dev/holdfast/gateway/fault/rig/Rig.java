// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.checker.History;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Channel;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import dev.holdfast.store.redis.RedisProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gateways in processes of their own on one Redis, with proxies between clients, gateways and Redis, and between gateways. */
public final class Rig implements AutoCloseable {
    private static final List<String> SETTINGS =
            List.of("session.max-queue-messages=500000", "session.max-queue-bytes=256MiB", "log.level=debug");

    private final History history;
    private final Redis redis;
    private final List<String> more;
    private final List<Slot> slots = new ArrayList<>();
    private final AtomicInteger faults = new AtomicInteger();
    private final AtomicInteger faultsBegun = new AtomicInteger();
    private volatile boolean hasGoneBack;

    private Rig(History history, Redis redis, List<String> more) {
        this.history = history;
        this.redis = redis;
        this.more = more;
    }

    /** So many gateways, accepting connections, with more settings. */
    public static Rig start(History history, Redis redis, int gateways, String... more) {
        Rig rig = new Rig(history, redis, List.of(more));
        try {
            for (int i = 0; i < gateways; i++) {
                rig.slots.add(rig.new Slot("g" + (i + 1)));
            }
            return rig;
        } catch (RuntimeException | AssertionError e) {
            rig.close();
            throw e;
        }
    }

    History history() {
        return history;
    }

    Redis redis() {
        return redis;
    }

    List<Slot> slots() {
        return slots;
    }

    Slot slot(Random random) {
        return slots.get(random.nextInt(slots.size()));
    }

    /** A calm that begins now, or has been for a while; none if something is broken. Any thread. */
    Calm calm() {
        int begun = faultsBegun.get();
        return faults.get() == 0 ? () -> faultsBegun.get() == begun : () -> false;
    }

    /** A time without faults. */
    interface Calm {
        /** Whether nothing has been broken since it began. */
        boolean lasts();
    }

    /** Breaks something and mends it, and writes down from when to when. */
    void fault(String what, Runnable trouble) {
        history.add(now -> new Event.FaultBegins(now, what));
        faultsBegun.incrementAndGet();
        faults.incrementAndGet();
        try {
            trouble.run();
        } finally {
            faults.decrementAndGet();
            history.add(now -> new Event.FaultEnds(now, what));
        }
    }

    /** A connection to a gateway through its proxy, on which nothing has been sent. */
    Line dial(Slot slot, RoamingClient.Dialect dialect, Runnable atEnd) throws IOException {
        try {
            Channel channel = dialect.webSocket()
                    ? WebSocketChannel.open(
                            slot.webSocket.port(),
                            OpeningHandshake.handshake().subprotocol(dialect.version().subprotocol))
                    : TcpChannel.open(slot.tcp.port());
            return new Line(channel, dialect.version(), atEnd);
        } catch (UncheckedIOException | AssertionError refused) {
            throw new IOException(refused);
        }
    }

    /** The store has come back to an older state. */
    void wentBack() {
        history.add(Event.StoreWentBack::new);
        hasGoneBack = true;
    }

    /** Whether the store has come back to an older state. Any thread. */
    boolean hasGoneBack() {
        return hasGoneBack;
    }

    /** Every key that Redis holds. */
    List<String> keys() {
        return masters().flatMap(server -> server.keys().stream()).toList();
    }

    /** Whether a key goes by itself. */
    boolean expires(String key) {
        return masters().anyMatch(server -> {
            String millis = server.command("PTTL", key);
            return millis.matches("[0-9]+|-2");
        });
    }

    /** Whether a gateway has the session of a client, as Redis knows it; so it is if Redis cannot be asked. */
    boolean isServed(String clientId) {
        try {
            // A master that has not got the slot names the one that has.
            return masters()
                    .map(server -> server.command("HGET", "hf:{" + clientId + "}", "o"))
                    .anyMatch(owner -> owner.matches("[0-9a-f]+"));
        } catch (UncheckedIOException away) {
            return true;
        }
    }

    private Stream<RedisProcess> masters() {
        return redis.servers().stream()
                .filter(RedisProcess::isAlive)
                .filter(server -> server.command("INFO", "replication").contains("role:master"));
    }

    @Override
    public void close() {
        slots.forEach(Slot::close);
        redis.close();
    }

    /** A place for a gateway: when one is killed, another takes its place, under a name of its own. */
    final class Slot {
        private final String place;
        private int lives;
        private volatile GatewayProcess gateway;
        /** Others may dial before it is known; then nobody is there. */
        private volatile int linksPort;

        private final FaultProxy toRedis = FaultProxy.to(redis::port);
        private final FaultProxy links = FaultProxy.to(() -> linksPort);
        private final FaultProxy tcp;
        private final FaultProxy webSocket;

        Slot(String place) {
            this.place = place;
            this.gateway = launch();
            this.tcp = FaultProxy.to(() -> gateway.tcpPort());
            this.webSocket = FaultProxy.to(() -> gateway.wsPort());
        }

        private GatewayProcess launch() {
            lives++;
            List<String> settings = Stream.of(SETTINGS, more, redis.settings())
                    .flatMap(List::stream)
                    .collect(Collectors.toCollection(ArrayList::new));
            settings.add("store.redis.url=redis://127.0.0.1:" + (redis.isProxied() ? toRedis.port() : redis.port()));
            settings.add("cluster.advertise=127.0.0.1:" + links.port());
            GatewayProcess launched = GatewayProcess.start(settings, List.of());
            linksPort = launched.linksPort();
            return launched;
        }

        /** The name of the gateway that is there now. Any thread. */
        String name() {
            return place + "." + lives;
        }

        GatewayProcess gateway() {
            return gateway;
        }

        FaultProxy toRedis() {
            return toRedis;
        }

        /** Between the other gateways and this one. */
        FaultProxy links() {
            return links;
        }

        /** Between clients and this gateway. */
        List<FaultProxy> toClients() {
            return List.of(tcp, webSocket);
        }

        /** Ends the gateway as a crash does, and starts another one. */
        void killAndReplace() {
            history.add(now -> new Event.Silenced(now, name()));
            gateway.kill();
            gateway.close();
            gateway = launch();
        }

        void close() {
            gateway.close();
            toRedis.close();
            links.close();
            tcp.close();
            webSocket.close();
        }
    }
}
