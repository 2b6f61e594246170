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
 * How the gateways agree on the skews of Redis' clocks: each finds them by itself, some milliseconds apart, and says so with
 * its lease; the first is believed, and whoever starts learns them. Any thread, one exchange at a time.
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
     * Of a clock.
     *
     * @param key where they stand
     * @param keeper the master that has them, or null
     * @param masters those that have been looked at, with what tells their processes
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

    /** Learns the skew of a process that is met, before anything else is asked of it, if it keeps them itself. */
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

    /** What has been found here and not been agreed on: process, skew that was agreed on, skew that was found ... */
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

    /** What has been agreed on: process, skew ... to the end of an answer. */
    public void heard(Reply reply) {
        while (reply.hasNext()) {
            agreed.put(reply.text(), reply.number());
        }
        masters.get().forEach((master, process) -> {
            Long skew = agreed.get(process.server());
            long mine = clock.skewMillis(master);
            // A clock that has jumped since is spoken of next time.
            boolean isAsSaid = found.getOrDefault(master, mine) == mine;
            if (skew != null && skew != mine && isAsSaid) {
                clock.agreeOn(master, skew);
            }
        });
    }
}
