// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.redis.retained.RedisRetainedStore;
import dev.holdfast.store.redis.script.RedisKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A Redis Cluster that a test starts and stops: three masters, by default with a replica each. */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    /** Of a line of CLUSTER NODES. */
    private static final int SLOTS_COLUMN = 8;

    private final List<RedisProcess> nodes = new ArrayList<>();

    private RedisCluster() {}

    /** Starts a cluster; when the call returns, all slots are served. */
    public static RedisCluster start() {
        RedisCluster cluster = new RedisCluster();
        for (int i = 0; i < 2 * MASTERS; i++) {
            cluster.nodes.add(RedisProcess.startNode());
        }
        cluster.join();
        return cluster;
    }

    /** Starts three masters without replicas: if one is away, a third of the slots is, and the rest is served. */
    public static RedisCluster startWithoutReplicas() {
        RedisCluster cluster = new RedisCluster();
        for (int i = 0; i < MASTERS; i++) {
            RedisProcess node = RedisProcess.startNode();
            node.command("CONFIG", "SET", "cluster-require-full-coverage", "no");
            cluster.nodes.add(node);
        }
        cluster.join();
        return cluster;
    }

    /** Which of the three first masters has a client's session, as long as no slot has moved. */
    public static int masterOf(String clientId) {
        return masterOfSlot(RedisKeys.slot(RedisKeys.tag(clientId)));
    }

    /** Which of the three first masters has the retained message of a topic. */
    public static int masterOfRetained(String topic) {
        return masterOf(Integer.toString(RedisKeys.slot(topic) % RedisRetainedStore.SHARDS));
    }

    public static int masterOfSlot(int slot) {
        int master = 0;
        while (slot >= RedisKeys.SLOTS * (master + 1) / MASTERS) {
            master++;
        }
        return master;
    }

    public RedisSettings settings() {
        return RedisSettings.of(
                RedisSettings.Server.of(RedisSettings.Mode.CLUSTER, addresses()).with(RedisUser.ACCESS));
    }

    /** The addresses of all nodes. */
    public List<String> addresses() {
        return nodes.stream().map(RedisProcess::address).toList();
    }

    /**
     * Moves the slot of a tag to another master key by key, so that what needs several keys finds some of them gone.
     *
     * @param betweenKeys run between the move of one key and the next
     */
    public void migrate(String tag, List<String> keys, Runnable betweenKeys) {
        int number = RedisKeys.slot(tag);
        String slot = Integer.toString(number);
        RedisProcess from = masters().stream()
                .filter(node -> serves(node, number))
                .findFirst()
                .orElseThrow();
        RedisProcess to =
                masters().stream().filter(node -> node != from).findFirst().orElseThrow();
        String fromId = from.command("CLUSTER", "MYID");
        String toId = to.command("CLUSTER", "MYID");
        to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
        from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        for (String key : keys) {
            betweenKeys.run();
            from.command("MIGRATE", "127.0.0.1", Integer.toString(to.port()), key, "0", "5000");
        }
        betweenKeys.run();
        if (!from.command("CLUSTER", "COUNTKEYSINSLOT", slot).equals("0")) {
            throw new IllegalStateException("keys are left in slot " + slot);
        }
        to.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
        masters().forEach(node -> node.command("CLUSTER", "SETSLOT", slot, "NODE", toId));
    }

    /** The main key of a session; its other keys have one letter more. */
    public static String sessionKey(String clientId) {
        return new RedisKeys("hf").session(RedisKeys.tag(clientId));
    }

    /** The nodes that are masters now. */
    public List<RedisProcess> masters() {
        return nodes.stream()
                .filter(node ->
                        node.isAlive() && node.command("INFO", "replication").contains("role:master"))
                .toList();
    }

    /** All nodes, dead ones included. */
    public List<RedisProcess> nodes() {
        return nodes;
    }

    /** The living replicas whose link to their master is up. */
    public List<RedisProcess> replicas() {
        return nodes.stream()
                .filter(node -> node.isAlive() && isFollowing(node.command("INFO", "replication")))
                .toList();
    }

    private static boolean isFollowing(String replication) {
        return replication.contains("role:slave") && replication.contains("master_link_status:up");
    }

    /**
     * Whether every slot is served, each master followed, and all nodes agree on who serves what: then the next thing
     * may break. A replica that takes over before it has heard of a slot that has moved claims the slot, and no node
     * serves it for good.
     */
    public boolean isWhole() {
        return nodes.stream().allMatch(RedisProcess::isAlive)
                && masters().size() == MASTERS
                && masters().stream()
                        .allMatch(node -> node.command("INFO", "replication").contains("connected_slaves:1\r"))
                && replicas().size() == MASTERS
                && nodes.stream()
                        .allMatch(node -> node.command("CLUSTER", "INFO").contains("cluster_state:ok"))
                && nodes.stream().map(RedisCluster::slotsAsSeenBy).distinct().count() == 1;
    }

    /** What each node that lives knows of all of them, in the words of Redis. */
    public String views() {
        return nodes.stream()
                .map(node -> node.isAlive()
                        ? "as seen by " + node.address() + ":\n" + node.command("CLUSTER", "NODES") + "\n"
                        : node.address() + " is dead\n")
                .collect(Collectors.joining());
    }

    /** Which node serves which slots, as one node sees it. */
    private static Map<String, List<String>> slotsAsSeenBy(RedisProcess node) {
        Map<String, List<String>> slots = new HashMap<>();
        for (String line : node.command("CLUSTER", "NODES").split("\n", -1)) {
            List<String> words = List.of(line.trim().split(" ", -1));
            if (words.size() > SLOTS_COLUMN) {
                slots.put(
                        words.get(0),
                        words.subList(SLOTS_COLUMN, words.size()).stream()
                                .filter(word -> !word.startsWith("["))
                                .toList());
            }
        }
        return slots;
    }

    /**
     * Has a slot, with its keys, move from one master to another while it is in use; returns when all know of it.
     *
     * @param slot the slot; nothing happens if the target has it already
     */
    public void move(int slot, RedisProcess target) {
        RedisProcess source = masters().stream()
                .filter(node -> serves(node, slot))
                .findFirst()
                .orElseThrow();
        if (source == target) {
            return;
        }
        String number = Integer.toString(slot);
        String sourceId = source.command("CLUSTER", "MYID");
        String targetId = target.command("CLUSTER", "MYID");
        target.command("CLUSTER", "SETSLOT", number, "IMPORTING", sourceId);
        source.command("CLUSTER", "SETSLOT", number, "MIGRATING", targetId);
        while (!source.command("CLUSTER", "COUNTKEYSINSLOT", number).equals("0")) {
            for (String key : source.list("CLUSTER", "GETKEYSINSLOT", number, "20")) {
                source.command("MIGRATE", "127.0.0.1", Integer.toString(target.port()), key, "0", "5000");
            }
        }
        target.command("CLUSTER", "SETSLOT", number, "NODE", targetId);
        source.command("CLUSTER", "SETSLOT", number, "NODE", targetId);
        masters().forEach(master -> master.command("CLUSTER", "SETSLOT", number, "NODE", targetId));
    }

    private static boolean serves(RedisProcess node, int slot) {
        for (String line : node.command("CLUSTER", "NODES").split("\n", -1)) {
            if (line.contains("myself")) {
                String[] words = line.trim().split(" ", -1);
                for (int i = SLOTS_COLUMN; i < words.length; i++) {
                    if (!words[i].startsWith("[") && isIn(words[i], slot)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean isIn(String range, int slot) {
        String[] ends = range.split("-", -1);
        return slot >= Integer.parseInt(ends[0]) && slot <= Integer.parseInt(ends[ends.length - 1]);
    }

    /**
     * Gives each master back what it alone does not know that it serves, as {@code redis-cli --cluster fix} does. Redis 7.0
     * gets there, seldom, when a slot has moved and its new master then fails over: all others name the one that has
     * taken over, and that one says that the cluster is down.
     */
    public void mend() {
        for (RedisProcess master : masters()) {
            String id = master.command("CLUSTER", "MYID");
            BitSet missing = slotsOf(id, nodes.get(master == nodes.get(0) ? 1 : 0));
            missing.andNot(slotsOf(id, master));
            missing.stream().forEach(slot -> master.command("CLUSTER", "ADDSLOTS", Integer.toString(slot)));
        }
    }

    /** The slots of one node as another one sees it. */
    private static BitSet slotsOf(String id, RedisProcess seenBy) {
        BitSet slots = new BitSet(RedisKeys.SLOTS);
        for (String range : slotsAsSeenBy(seenBy).getOrDefault(id, List.of())) {
            String[] ends = range.split("-", -1);
            slots.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
        }
        return slots;
    }

    public void flush() {
        masters().forEach(master -> master.command("FLUSHALL"));
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }

    private void join() {
        RedisProcess first = nodes.get(0);
        for (int i = 0; i < nodes.size(); i++) {
            RedisProcess node = nodes.get(i);
            node.command("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            if (i < MASTERS) {
                // One by one: ADDSLOTSRANGE came with Redis 7.
                List<String> words = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
                for (int slot = RedisKeys.SLOTS * i / MASTERS; slot < RedisKeys.SLOTS * (i + 1) / MASTERS; slot++) {
                    words.add(Integer.toString(slot));
                }
                node.command(words.toArray(new String[0]));
            }
            if (i > 0) {
                node.command("CLUSTER", "MEET", "127.0.0.1", Integer.toString(first.port()));
            }
        }
        awaitEverywhere("cluster_known_nodes:" + nodes.size());
        for (int i = MASTERS; i < nodes.size(); i++) {
            nodes.get(i).command("CLUSTER", "REPLICATE", nodes.get(i - MASTERS).command("CLUSTER", "MYID"));
        }
        awaitEverywhere("cluster_state:ok");
        if (nodes.size() == MASTERS) {
            return;
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> nodes.subList(MASTERS, nodes.size()).stream()
                        .allMatch(node -> node.command("INFO", "replication").contains("master_link_status:up")));
        // A node may still take a new replica for the master that it was a moment ago.
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        nodes.stream().allMatch(node -> count(node.command("CLUSTER", "NODES"), "slave ") == MASTERS));
    }

    private void awaitEverywhere(String state) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> nodes.stream()
                        .allMatch(node -> node.command("CLUSTER", "INFO").contains(state)));
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }
}
