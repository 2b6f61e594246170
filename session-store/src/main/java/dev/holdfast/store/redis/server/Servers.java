// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import dev.holdfast.store.StoreDoubt;
import dev.holdfast.store.redis.script.CallHead;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.redis.script.ScriptSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.client.protocol.RedisCommands;
import org.redisson.command.CommandAsyncExecutor;

/**
 * The Redis processes that are masters, and the scripts that each has been given. A process that this gateway has not met may
 * lack the last writes of the process before it. Then the listeners hear of it and tell it what they know, before it gets the
 * scripts, without which no other call is executed. Any thread.
 */
public final class Servers {
    /** For how long the listeners may hold up a master, in seconds. */
    private static final long DOUBT_SECONDS = 5;

    private static final Duration TOLD_LATELY = Duration.ofSeconds(2);

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final CommandAsyncExecutor commands;
    private final Supplier<Collection<RedisClient>> masters;
    private final Lineage lineage;
    private final Skews skews;
    private final Function<RedisClient, BitSet> slots;
    private final RedisClock clock;
    private final Map<RedisClient, ScriptSet> known = new ConcurrentHashMap<>();
    private final Map<RedisClient, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private final List<StoreDoubt> listeners = new CopyOnWriteArrayList<>();

    // guarded by this
    private final Map<String, Long> doubtedAtNanos = new HashMap<>();
    /** The slots whose master has been met: only there can something of ours have been lost. */
    private final BitSet met = new BitSet(RedisKeys.SLOTS);

    /**
     * Looks after the masters of a connection.
     *
     * @param masters the present masters
     * @param slots the slots that a master serves at present
     */
    public Servers(
            CommandAsyncExecutor commands,
            Supplier<Collection<RedisClient>> masters,
            Function<RedisClient, BitSet> slots,
            RedisClock clock,
            Lineage lineage,
            Skews skews) {
        this.slots = slots;
        this.commands = commands;
        this.masters = masters;
        this.clock = clock;
        this.lineage = lineage;
        this.skews = skews;
    }

    /** Has a listener hear of every new process. */
    public void listen(StoreDoubt listener) {
        listeners.add(listener);
    }

    /** The masters that have been looked at, each with the scripts that it was given. */
    public Map<RedisClient, ScriptSet> known() {
        return Map.copyOf(known);
    }

    /** The scripts that a master has; null if it has not been looked at. */
    public @Nullable ScriptSet scripts(Object master) {
        return master instanceof RedisClient client ? known.get(client) : null;
    }

    /**
     * Looks at a master, independently of the other ones, and gives it the scripts. Callers that ask while it is under way share
     * the outcome.
     */
    public CompletableFuture<Void> establish(Object master) {
        if (!(master instanceof RedisClient client)) {
            return CompletableFuture.failedFuture(new RedisException("CLUSTERDOWN nobody serves the slot"));
        }
        CompletableFuture<Void> ours = new CompletableFuture<>();
        CompletableFuture<Void> theirs = underWay.putIfAbsent(client, ours);
        if (theirs != null) {
            return theirs;
        }
        look(client).whenComplete((nothing, failure) -> {
            underWay.remove(client);
            if (failure == null) {
                ours.complete(null);
            } else {
                ours.completeExceptionally(failure);
            }
        });
        return ours;
    }

    private CompletableFuture<Void> look(RedisClient master) {
        List<RedisClient> all;
        try {
            all = List.copyOf(masters.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return clock.refresh(master)
                .thenCompose(nothing -> runId(master))
                .thenCompose(id -> skews.meet(master, id).thenApply(nothing -> setOf(master, id)))
                .thenCompose(set -> doubt(master, set).thenCompose(nothing -> give(master, set, all)));
    }

    /** Gives each master the scripts of all masters, since a redirection may take a call to another master of the cluster. */
    private CompletableFuture<Void> give(RedisClient master, ScriptSet set, List<RedisClient> all) {
        List<ScriptSet> sets = new ArrayList<>();
        sets.add(set);
        List<CompletableFuture<?>> elsewhere = new ArrayList<>();
        for (RedisClient other : all) {
            ScriptSet its = other.equals(master) ? null : known.get(other);
            if (its != null) {
                sets.add(its);
                // A master that is away is looked at when it is back.
                elsewhere.add(
                        clock.isSilent(other) ? DONE : load(other, List.of(set)).exceptionally(away -> null));
            }
        }
        return CompletableFuture.allOf(elsewhere.toArray(new CompletableFuture<?>[0]))
                .thenCompose(nothing -> load(master, sets))
                .thenCompose(nothing -> runId(master))
                .thenAccept(id -> {
                    if (!id.equals(set.server())) {
                        throw new RedisException(name(master) + " was replaced while the scripts were loaded");
                    }
                    known.put(master, set);
                    known.keySet().retainAll(List.copyOf(masters.get()));
                    synchronized (this) {
                        met.or(slots.apply(master));
                        // If another process takes over and this one comes back, the listeners hear of it again.
                        doubtedAtNanos.remove(set.server());
                    }
                });
    }

    private static String name(RedisClient master) {
        return master.getAddr().getHostString() + ":" + master.getAddr().getPort();
    }

    private ScriptSet setOf(RedisClient master, String runId) {
        ScriptSet before = known.get(master);
        return before != null && before.server().equals(runId) ? before : new ScriptSet(runId);
    }

    /** If the process is new: begins a term, and has the listeners tell what they know. */
    private CompletableFuture<Void> doubt(RedisClient master, ScriptSet set) {
        Set<String> trusted = new HashSet<>();
        known.values().forEach(each -> trusted.add(each.server()));
        boolean isStranger;
        synchronized (this) {
            isStranger = !trusted.contains(set.server()) && slots.apply(master).intersects(met);
            if (isStranger && isToldLately(set)) {
                return DONE;
            }
        }
        return lineage.meet(master, set.server()).thenCompose(known -> {
            if (!isStranger && known.isMet()) {
                return DONE;
            }
            // If no term has begun, no seq has been given yet, and the term may begin at once.
            CompletableFuture<Void> apart = isStranger || known.term() > 0
                    ? CompletableFuture.runAsync(
                            () -> {}, CompletableFuture.delayedExecutor(Terms.APART.toMillis(), TimeUnit.MILLISECONDS))
                    : DONE;
            return apart.thenCompose(nothing -> lineage.begin(master, set.server()))
                    .thenCompose(begun -> isStranger ? tell(master, set) : DONE);
        });
    }

    /**
     * Whether the listeners have heard of this process a moment ago: giving the scripts may take more than one attempt. After a
     * longer time another process may have been the master in between, without this gateway having met it.
     */
    private synchronized boolean isToldLately(ScriptSet set) {
        Long at = doubtedAtNanos.get(set.server());
        return at != null && System.nanoTime() - at < TOLD_LATELY.toNanos();
    }

    private CompletableFuture<Void> tell(RedisClient master, ScriptSet set) {
        synchronized (this) {
            doubtedAtNanos.put(set.server(), System.nanoTime());
        }
        String why = "Redis was restarted, or another server has taken over, at " + name(master);
        List<CompletableFuture<?>> told = new ArrayList<>();
        for (StoreDoubt listener : listeners) {
            told.add(listener.doubted(why).toCompletableFuture());
        }
        return CompletableFuture.allOf(told.toArray(new CompletableFuture<?>[0]))
                .completeOnTimeout(null, DOUBT_SECONDS, TimeUnit.SECONDS);
    }

    private CompletableFuture<String> runId(RedisClient master) {
        return commands.<Map<String, String>, Map<String, String>>writeAsync(
                        master, StringCodec.INSTANCE, RedisCommands.INFO_ALL)
                .thenApply(info -> {
                    if (!"master".equals(info.get("role"))) {
                        throw new RedisException("READONLY " + name(master) + " is a replica");
                    }
                    return info.getOrDefault("run_id", "");
                })
                .toCompletableFuture();
    }

    /**
     * Loads scripts by calling them too late: then they do nothing, and any version of Redis keeps them on this server only. SCRIPT
     * LOAD would take them to the replicas before Redis 7.
     */
    private CompletableFuture<?> load(RedisClient master, Collection<ScriptSet> sets) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (ScriptSet set : sets) {
            for (Script script : Script.values()) {
                all.add(commands.writeAsync(
                                master,
                                ByteArrayCodec.INSTANCE,
                                RedisCommands.EVAL_LIST,
                                set.text(script),
                                0,
                                CallHead.TOO_LATE.encode())
                        .toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
    }
}
