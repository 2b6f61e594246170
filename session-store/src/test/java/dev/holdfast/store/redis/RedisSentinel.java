// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A master with two replicas and three Sentinels, which the tests start and stop. */
public final class RedisSentinel implements AutoCloseable {
    private final RedisProcess master = RedisProcess.start();
    private final List<RedisProcess> replicas = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    private RedisSentinel() {}

    /** Starts all of them; when the call returns, they know each other. */
    public static RedisSentinel start() {
        RedisSentinel all = new RedisSentinel();
        for (int i = 0; i < 2; i++) {
            all.replicas.add(RedisProcess.start("--replicaof", "127.0.0.1 " + all.master.port()));
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() -> all.replicas.stream()
                        .allMatch(one -> one.command("INFO", "replication").contains("master_link_status:up")));
        for (int i = 0; i < 3; i++) {
            all.sentinels.add(RedisProcess.startSentinel(all.master.port()));
        }
        // A Sentinel that knows no others and no replicas yet cannot fail over.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> all.sentinels.stream()
                        .allMatch(one -> one.command("INFO", "sentinel").contains("slaves=2,sentinels=3")));
        return all;
    }

    /** The master at the start. */
    public RedisProcess master() {
        return master;
    }

    public List<RedisProcess> replicas() {
        return List.copyOf(replicas);
    }

    /** The addresses of the Sentinels. */
    public List<String> addresses() {
        return sentinels.stream().map(RedisProcess::address).toList();
    }

    /** Runs writes that do not reach the replicas, then kills the master. */
    public void loseTail(Runnable writes) {
        replicas.forEach(RedisProcess::pause);
        // Else what is written would lie in their sockets, to be read later.
        master.command("CLIENT", "KILL", "TYPE", "replica");
        writes.run();
        master.kill();
        replicas.forEach(RedisProcess::resume);
    }

    /** A planned failover, by a Sentinel; the former master becomes a replica. */
    public void failOver() {
        int before = masterPort();
        sentinels.get(0).command("SENTINEL", "FAILOVER", "mymaster");
        awaitMasterAfter(before);
    }

    /** Kills the present master; a replica takes over. */
    public void killMaster() {
        int before = masterPort();
        Stream.concat(Stream.of(master), replicas.stream())
                .filter(one -> one.port() == before)
                .forEach(RedisProcess::kill);
        awaitMasterAfter(before);
    }

    private void awaitMasterAfter(int before) {
        await().atMost(Duration.ofSeconds(60)).until(() -> masterPort() != before);
    }

    private int masterPort() {
        return Integer.parseInt(sentinels
                .get(0)
                .list("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")
                .get(1));
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        replicas.forEach(RedisProcess::close);
        master.close();
    }
}
