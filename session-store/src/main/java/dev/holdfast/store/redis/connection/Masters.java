// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.server.RedisClock;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.client.RedisClient;
import org.redisson.client.protocol.Time;
import org.redisson.connection.MasterSlaveEntry;

/** Which master serves which slot, as Redisson knows it, and which masters are silent. Outside of a cluster one serves all. Any thread. */
final class Masters {
    /** How often each master is asked for its time. */
    static final Duration CLOCK_PERIOD = Duration.ofSeconds(1);
    /** The longest time between two answers of a master that is asked once a second, if all is well. */
    private static final long LATE_MILLIS = 1_700;

    private final Redisson redisson;
    private final boolean isCluster;
    private final RedisClock clock;

    /**
     * The masters of a client.
     *
     * @param ask asks a master for its time
     */
    Masters(Redisson redisson, boolean isCluster, Function<RedisClient, CompletionStage<Time>> ask) {
        this.redisson = redisson;
        this.isCluster = isCluster;
        clock = new RedisClock(this::all, ask);
    }

    /** Whether slots belong to several masters. */
    boolean isCluster() {
        return isCluster;
    }

    /** The clock of all masters. */
    RedisClock clock() {
        return clock;
    }

    /** All masters at the moment. Blocks before the first contact. */
    Collection<RedisClient> all() {
        return redisson.getCommandExecutor().getConnectionManager().getEntrySet().stream()
                .map(MasterSlaveEntry::getClient)
                .toList();
    }

    /** The client of the master that serves a slot; null if none is known. Blocks before the first contact. */
    @Nullable
    RedisClient of(int slot) {
        MasterSlaveEntry entry = entry(slot);
        return entry == null ? null : entry.getClient();
    }

    /** The master that serves a slot, together with its replicas: it stays the same when a replica takes over. Null if none is known. */
    @Nullable
    MasterSlaveEntry entry(int slot) {
        return redisson.getCommandExecutor().getConnectionManager().getEntry(isCluster ? slot : 0);
    }

    /** The slots that a master serves. */
    BitSet slotsOf(RedisClient client) {
        BitSet its = new BitSet(RedisKeys.SLOTS);
        for (int slot = 0; slot < RedisKeys.SLOTS; slot++) {
            if (client.equals(of(slot))) {
                its.set(slot);
            }
        }
        return its;
    }

    /** Whether one master serves both slots. */
    boolean areTogether(int slot, int other) {
        return !isCluster || !clock.isSet() || Objects.equals(entry(slot), entry(other));
    }

    /** Whether the master of a slot has been away for some seconds, or there is none, while another master answers. */
    boolean isAway(int slot) {
        if (!isCluster || !clock.isSet()) {
            return false;
        }
        RedisClient master = of(slot);
        return (master == null || clock.isSilent(master)) && all().stream().anyMatch(other -> !clock.isSilent(other));
    }

    /** The slots that nobody serves, while other slots are served. */
    BitSet slotsAway() {
        BitSet away = new BitSet(RedisKeys.SLOTS);
        if (!clock.isSet()) {
            return away;
        }
        Set<RedisClient> silent = new HashSet<>();
        Set<RedisClient> all = new HashSet<>(all());
        all.stream().filter(clock::isSilent).forEach(silent::add);
        if (silent.containsAll(all)) {
            return away;
        }
        for (int slot = 0; slot < RedisKeys.SLOTS; slot++) {
            RedisClient master = of(slot);
            if (master == null || silent.contains(master)) {
                away.set(slot);
            }
        }
        return away;
    }

    /** Whether no master has answered for some seconds. */
    boolean areAllSilent() {
        return clock.isSet() && all().stream().allMatch(clock::isSilent);
    }

    /** The addresses of the masters that have not answered for some seconds. */
    List<String> silentAddresses() {
        return all().stream()
                .filter(clock::isSilent)
                .map(master -> master.getAddr().getHostString() + ":"
                        + master.getAddr().getPort())
                .sorted()
                .toList();
    }

    /** Whether the master that has the leases of gateways is silent while another master answers. */
    boolean missLeasesOnly() {
        if (!isCluster || !clock.isSet()) {
            return false;
        }
        RedisClient leases = of(RedisKeys.slot(RedisKeys.MEMBERS_TAG));
        // All masters are asked at the same time, so a silent one is behind the others from the next time on.
        long others = all().stream().mapToLong(clock::silentMillis).min().orElse(Long.MAX_VALUE);
        return others <= LATE_MILLIS
                && (leases == null || clock.silentMillis(leases) > others + CLOCK_PERIOD.toMillis() / 2);
    }
}
