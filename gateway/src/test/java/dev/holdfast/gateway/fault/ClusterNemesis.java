// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.awaitility.Awaitility.await;

import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What can be done to a Redis Cluster; it is whole again when a call returns. On one thread. */
final class ClusterNemesis {
    private static final int SLOTS = 16_384;
    private static final int MOVED = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final RedisCluster cluster;
    private final Random random;

    ClusterNemesis(RedisCluster cluster, long seed) {
        this.cluster = cluster;
        this.random = new Random(seed);
    }

    void strike(Fault fault, int where) {
        switch (fault) {
            case KILL_MASTER -> killMaster(where);
            case FAIL_OVER -> failOver(where);
            case MOVE_SLOTS -> moveSlots();
            default -> throw new IllegalArgumentException(fault + " takes another nemesis");
        }
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(cluster::isWhole);
    }

    private void killMaster(int where) {
        List<RedisProcess> masters = cluster.masters();
        RedisProcess victim = masters.get(where % masters.size());
        victim.kill();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> cluster.masters().size() == masters.size());
        victim.restart();
    }

    private void failOver(int where) {
        List<RedisProcess> replicas = cluster.replicas();
        RedisProcess next = replicas.get(where % replicas.size());
        next.command("CLUSTER", "FAILOVER");
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> cluster.masters().contains(next));
    }

    /** Slots with keys in them, for the most part. */
    private void moveSlots() {
        for (int i = 0; i < MOVED; i++) {
            List<RedisProcess> masters = cluster.masters();
            cluster.move(slot(masters), masters.get(random.nextInt(masters.size())));
        }
    }

    private int slot(List<RedisProcess> masters) {
        RedisProcess any = masters.get(random.nextInt(masters.size()));
        String key = any.command("RANDOMKEY");
        return key.equals("$-1") || key.equals("_")
                ? random.nextInt(SLOTS)
                : Integer.parseInt(any.command("CLUSTER", "KEYSLOT", key));
    }
}
