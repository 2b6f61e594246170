// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.StoreDoubt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.client.protocol.RedisCommands;
import org.redisson.command.CommandAsyncExecutor;

/**
 * Which Redis processes are the masters, and the scripts that each of them has been given. A process that nobody here
 * has met before may lack the last writes of the one before it: the listeners hear of it, and say what they know, before
 * it gets the scripts that let anything else through. Any thread.
 */
final class Servers {
    /** For how long the listeners may hold up everything. */
    private static final long DOUBT_SECONDS = 5;

    private final CommandAsyncExecutor commands;
    private final Supplier<Collection<RedisClient>> masters;
    private final Terms terms;
    private final Map<RedisClient, ScriptSet> known = new ConcurrentHashMap<>();
    private final List<StoreDoubt> listeners = new CopyOnWriteArrayList<>();

    // guarded by this
    private @Nullable CompletableFuture<Void> underWay;
    private final Set<String> doubted = new HashSet<>();

    /** Looks after the masters that the given means names at the time. */
    Servers(CommandAsyncExecutor commands, Supplier<Collection<RedisClient>> masters, Terms terms) {
        this.commands = commands;
        this.masters = masters;
        this.terms = terms;
    }

    void listen(StoreDoubt listener) {
        listeners.add(listener);
    }

    /** The scripts that a master has; null if it has not been looked at. */
    @Nullable
    ScriptSet scripts(Object master) {
        return master instanceof RedisClient client ? known.get(client) : null;
    }

    /** Looks at every master and gives it the scripts; those who ask while it is under way share the outcome. */
    CompletableFuture<Void> establish() {
        CompletableFuture<Void> ours = new CompletableFuture<>();
        synchronized (this) {
            if (underWay != null) {
                return underWay;
            }
            underWay = ours;
        }
        look().whenComplete((nothing, failure) -> {
            synchronized (this) {
                underWay = null;
            }
            if (failure == null) {
                ours.complete(null);
            } else {
                ours.completeExceptionally(failure);
            }
        });
        return ours;
    }

    private CompletableFuture<Void> look() {
        List<RedisClient> all;
        try {
            all = List.copyOf(masters.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (all.isEmpty()) {
            return CompletableFuture.failedFuture(new RedisException("no master is known"));
        }
        Map<RedisClient, ScriptSet> found = new ConcurrentHashMap<>();
        return each(all, master -> runId(master).thenAccept(id -> found.put(master, setOf(master, id))))
                .thenCompose(nothing -> doubt(found))
                // A redirection takes a call for one master to another one of a cluster.
                .thenCompose(nothing -> each(all, master -> load(master, found.values())))
                .thenCompose(nothing -> each(
                        all,
                        master -> runId(master).thenAccept(id -> {
                            if (!id.equals(
                                    Objects.requireNonNull(found.get(master)).server())) {
                                throw new RedisException(name(master) + " was replaced while the scripts were loaded");
                            }
                        })))
                .thenRun(() -> {
                    known.putAll(found);
                    known.keySet().retainAll(found.keySet());
                });
    }

    private static String name(RedisClient master) {
        return master.getAddr().getHostString() + ":" + master.getAddr().getPort();
    }

    private ScriptSet setOf(RedisClient master, String runId) {
        ScriptSet before = known.get(master);
        return before != null && before.server().equals(runId) ? before : new ScriptSet(runId);
    }

    /** Has the listeners say what they know, if a process is new. */
    private CompletableFuture<?> doubt(Map<RedisClient, ScriptSet> found) {
        Set<String> trusted = new HashSet<>();
        known.values().forEach(set -> trusted.add(set.server()));
        List<String> strangers = new ArrayList<>();
        synchronized (this) {
            found.forEach((master, set) -> {
                // Told once, though loading its scripts may take more than one attempt.
                if (!trusted.contains(set.server()) && doubted.add(set.server()) && !trusted.isEmpty()) {
                    strangers.add(name(master));
                }
            });
            doubted.retainAll(found.values().stream().map(ScriptSet::server).toList());
        }
        if (strangers.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        terms.begin();
        String why = "Redis was restarted, or another server has taken over, at " + String.join(", ", strangers);
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
     * Loads scripts by calling them too late: they do nothing then, on any version stay where they are called, and only
     * there. SCRIPT LOAD would take them to the replicas before Redis 7.
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
                                new byte[Terms.HEAD_BYTES])
                        .toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
    }

    /** Does something with each master. */
    private interface Step {
        CompletableFuture<?> with(RedisClient master);
    }

    private static CompletableFuture<Void> each(List<RedisClient> masters, Step step) {
        return CompletableFuture.allOf(masters.stream().map(step::with).toArray(CompletableFuture<?>[]::new));
    }
}
