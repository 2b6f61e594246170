// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import static org.awaitility.Awaitility.await;

import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;

/** What can be done to a Redis Cluster; it is whole again when a call returns. On one thread. */
final class ClusterNemesis {
    private static final int MOVED = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LOOKS_BETWEEN_REQUESTS = 70;
    /** A cluster that mends itself has done so in some seconds. */
    private static final int LOOKS_BEFORE_MENDING = 75;

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
        try {
            AtomicInteger looks = new AtomicInteger();
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
                if (looks.incrementAndGet() % LOOKS_BEFORE_MENDING == 0) {
                    cluster.mend();
                }
                return cluster.isWhole();
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("the cluster does not become whole after " + fault + "\n" + cluster.views(), e);
        }
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
        AtomicInteger looks = new AtomicInteger();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> {
            if (looks.getAndIncrement() % LOOKS_BETWEEN_REQUESTS == 0) {
                // So soon after another election the masters may refuse their votes, and it is given up.
                next.command("CLUSTER", "FAILOVER");
            }
            return cluster.masters().contains(next);
        });
    }

    /**
     * Slots with keys in them, for the most part. All from one master to another: where moves cross each other, a node
     * that hears of them in another order has a slot given up that nobody serves then.
     */
    private void moveSlots() {
        List<RedisProcess> masters = cluster.masters();
        int from = random.nextInt(masters.size());
        RedisProcess target = masters.get((from + 1 + random.nextInt(masters.size() - 1)) % masters.size());
        for (int i = 0; i < MOVED; i++) {
            String key = masters.get(from).command("RANDOMKEY");
            if (!key.equals("$-1") && !key.equals("_")) {
                cluster.move(Integer.parseInt(target.command("CLUSTER", "KEYSLOT", key)), target);
            }
        }
    }
}
