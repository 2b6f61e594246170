// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import dev.holdfast.store.redis.RedisProcess;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Gateways in processes of their own that share a real Redis; all of it ends with {@link #close}. */
public final class Cluster implements AutoCloseable {
    private final RedisProcess redis;
    private final List<String> settings;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private Cluster(RedisProcess redis, List<String> settings) {
        this.redis = redis;
        this.settings = settings;
        opened.push(redis);
    }

    /** A Redis that syncs its append-only file at every write, and no gateway yet. */
    public static Cluster start(String... settings) {
        return new Cluster(RedisProcess.start("--appendonly", "yes", "--appendfsync", "always"), List.of(settings));
    }

    public RedisProcess redis() {
        return redis;
    }

    /** A further gateway, accepting connections. */
    public GatewayProcess gateway() {
        List<String> all = new ArrayList<>(settings);
        all.add("store.redis.url=" + redis.address());
        GatewayProcess gateway = GatewayProcess.start(all, List.of());
        opened.push(gateway::kill);
        return gateway;
    }

    /** A connection to a gateway on which nothing has been sent. */
    public RawClient open(GatewayProcess gateway) {
        return open(gateway, Version.V5);
    }

    RawClient open(GatewayProcess gateway, Version version) {
        RawClient client = new RawClient(TcpChannel.open(gateway.tcpPort()), version);
        opened.push(client);
        return client;
    }

    public RawClient connect(GatewayProcess gateway, Connect connect) {
        return open(gateway).connected(connect);
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
