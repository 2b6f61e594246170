// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.ScriptSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.client.protocol.RedisCommands;
import org.redisson.command.CommandAsyncExecutor;

/**
 * The agreement of the gateways on the skews of Redis' clocks. Each gateway finds a jump by itself, and the gateways differ by
 * some ms. Each says what it has found when it renews its lease; Redis keeps the first value, and all gateways take it. A
 * gateway that starts learns the skews. Any thread, one exchange at a time.
 */
public final class Skews {
    private static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

    private final CommandAsyncExecutor commands;
    private final String key;
    private final RedisClock clock;
    private final Supplier<@Nullable RedisClient> keeper;
    private final Supplier<Map<RedisClient, ScriptSet>> masters;
    private final Map<String, Long> agreed = new ConcurrentHashMap<>();
    private final Map<RedisClient, Long> found = new ConcurrentHashMap<>();

    /**
     * The skews of a clock.
     *
     * @param key the key of the agreed skews
     * @param keeper the master that has this key, or null
     * @param masters the masters that have been looked at; their script sets name their processes
     */
    public Skews(
            CommandAsyncExecutor commands,
            String key,
            RedisClock clock,
            Supplier<@Nullable RedisClient> keeper,
            Supplier<Map<RedisClient, ScriptSet>> masters) {
        this.commands = commands;
        this.key = key;
        this.clock = clock;
        this.keeper = keeper;
        this.masters = masters;
    }

    /** Learns the skew of a process before anything else is asked of it, if that process itself keeps the agreed skews. */
    CompletableFuture<Void> meet(RedisClient master, String process) {
        if (!master.equals(keeper.get())) {
            return NOTHING;
        }
        return commands.writeAsync(master, StringCodec.INSTANCE, RedisCommands.HGET, key, process)
                .<Void>thenApply(skew -> {
                    if (skew != null) {
                        long millis = Long.parseLong(skew.toString());
                        agreed.put(process, millis);
                        clock.agreeOn(master, millis);
                    }
                    return null;
                })
                .toCompletableFuture();
    }

    /** The skews that this gateway has found and that are not agreed on: process, agreed skew, found skew ... */
    public List<byte[]> said() {
        List<byte[]> said = new ArrayList<>();
        found.clear();
        masters.get().forEach((master, process) -> {
            long mine = clock.skewMillis(master);
            long known = agreed.getOrDefault(process.server(), 0L);
            found.put(master, mine);
            if (mine != known) {
                said.addAll(List.of(Arguments.utf8(process.server()), Arguments.ascii(known), Arguments.ascii(mine)));
            }
        });
        return said;
    }

    /** Takes the agreed skews from an answer: process, skew ... to its end. */
    public void heard(Reply reply) {
        while (reply.hasNext()) {
            agreed.put(reply.text(), reply.number());
        }
        masters.get().forEach((master, process) -> {
            Long skew = agreed.get(process.server());
            long mine = clock.skewMillis(master);
            // If the clock has jumped since this gateway said its skew, the next renewal says it.
            boolean isAsSaid = found.getOrDefault(master, mine) == mine;
            if (skew != null && skew != mine && isAsSaid) {
                clock.agreeOn(master, skew);
            }
        });
    }
}
