// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.store.redis.RedisAddress;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The Redis of a rig, whatever it is made of. */
public interface Redis extends AutoCloseable {
    /** Further settings of the gateways, as {@code path=value}, besides {@code store.redis.url}. */
    List<String> settings();

    /** The port of the server that a gateway is given. */
    int port();

    /** The cluster that it is, or null. */
    @Nullable
    RedisCluster cluster();

    /** The address that may lead to another server, or null. */
    default @Nullable RedisAddress address() {
        return null;
    }

    /** Whether gateways reach it through a proxy: the nodes of a cluster name their own addresses. */
    boolean isProxied();

    /** Every server that is to be reachable. */
    List<RedisProcess> servers();

    @Override
    void close();

    /** One server whose append-only file is synced at every write. */
    static Redis single() {
        RedisProcess server = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
        return new Redis() {
            @Override
            public List<String> settings() {
                return List.of();
            }

            @Override
            public int port() {
                return server.port();
            }

            @Override
            public @Nullable RedisCluster cluster() {
                return null;
            }

            @Override
            public boolean isProxied() {
                return true;
            }

            @Override
            public List<RedisProcess> servers() {
                return List.of(server);
            }

            @Override
            public void close() {
                server.close();
            }
        };
    }

    /** An address that leads to one server, and may lead to another one. */
    static Redis movable() {
        RedisAddress address = RedisAddress.start(2);
        return new Redis() {
            @Override
            public List<String> settings() {
                return List.of();
            }

            @Override
            public int port() {
                return address.port();
            }

            @Override
            public @Nullable RedisCluster cluster() {
                return null;
            }

            @Override
            public RedisAddress address() {
                return address;
            }

            @Override
            public boolean isProxied() {
                return true;
            }

            @Override
            public List<RedisProcess> servers() {
                return List.of(address.server(0));
            }

            @Override
            public void close() {
                address.close();
            }
        };
    }

    /** Three masters, each with a replica; a write counts when the replica has it. */
    static Redis cluster(int replicas) {
        RedisCluster cluster = RedisCluster.start();
        return new Redis() {
            @Override
            public List<String> settings() {
                return List.of(
                        "store.redis.mode=cluster",
                        "store.redis.replicas=" + replicas,
                        "store.redis.addresses="
                                + cluster.nodes().stream()
                                        .map(RedisProcess::address)
                                        .collect(Collectors.joining(",")));
            }

            @Override
            public int port() {
                return cluster.nodes().stream()
                        .filter(RedisProcess::isAlive)
                        .findFirst()
                        .orElseThrow()
                        .port();
            }

            @Override
            public RedisCluster cluster() {
                return cluster;
            }

            @Override
            public boolean isProxied() {
                return false;
            }

            @Override
            public List<RedisProcess> servers() {
                return cluster.nodes();
            }

            @Override
            public void close() {
                cluster.close();
            }
        };
    }
}
