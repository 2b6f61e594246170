// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSentinel;
import dev.holdfast.store.redis.RedisUser;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gateways in processes of their own that share a real Redis; all of it ends with {@link #close}. */
public final class Cluster implements AutoCloseable {
    private static final List<String> USER =
            List.of("store.redis.username=" + RedisUser.NAME, "store.redis.password=" + RedisUser.PASSWORD);

    private final @Nullable RedisProcess redis;
    private final List<String> settings;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private Cluster(@Nullable RedisProcess redis, AutoCloseable store, List<String> settings) {
        this.redis = redis;
        this.settings = settings;
        opened.push(store);
    }

    /** A Redis that syncs its append-only file at every write, and no gateway yet. */
    public static Cluster start(String... settings) {
        return on(RedisProcess.start("--appendonly", "yes", "--appendfsync", "always"), settings);
    }

    /** A Redis of the caller's making, and no gateway yet. */
    public static Cluster on(RedisProcess redis, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("store.redis.url=" + redis.addressForGateways());
        return new Cluster(redis, redis, all);
    }

    /** Redis in another form, which the settings describe, and no gateway yet. */
    public static Cluster on(AutoCloseable store, List<String> settings) {
        return new Cluster(null, store, settings);
    }

    /** Three Sentinels and what they watch. */
    public static Cluster on(RedisSentinel sentinel, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("store.redis.mode=sentinel");
        all.addAll(USER);
        all.add("store.redis.url=" + sentinel.addresses().get(0));
        all.add("store.redis.addresses=" + String.join(",", sentinel.addresses().subList(1, 3)));
        return new Cluster(null, sentinel, all);
    }

    /** A Redis Cluster. */
    public static Cluster on(RedisCluster nodes, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("store.redis.mode=cluster");
        all.addAll(USER);
        all.add("store.redis.url=" + nodes.addresses().get(0));
        all.add("store.redis.addresses=" + String.join(",", nodes.addresses().subList(1, 3)));
        return new Cluster(null, nodes, all);
    }

    public RedisProcess redis() {
        if (redis == null) {
            throw new IllegalStateException("more than one Redis");
        }
        return redis;
    }

    /** A further gateway, accepting connections, with settings of its own that count before the common ones. */
    public GatewayProcess gateway(String... own) {
        List<String> all = new ArrayList<>(settings);
        all.addAll(List.of(own));
        GatewayProcess gateway = GatewayProcess.start(all, List.of());
        opened.push(gateway::kill);
        return gateway;
    }

    /** A connection to a gateway on which nothing has been sent. */
    public RawClient open(GatewayProcess gateway) {
        return open(gateway, Version.V5);
    }

    public RawClient open(GatewayProcess gateway, Version version) {
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
