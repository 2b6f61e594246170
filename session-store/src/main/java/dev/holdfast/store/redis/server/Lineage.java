// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.protocol.RedisCommands;
import org.redisson.command.CommandAsyncExecutor;

/**
 * The Redis processes that gateways have met, kept in Redis beside the highest term. The list in a process is as old as its
 * other data. A process that is not in its own list was restarted or has taken over, and no gateway has asked yet which writes
 * it lacks. By that also a gateway that has just started, and has met no process, finds it out. Any thread.
 */
public final class Lineage {
    /** How many processes are remembered: more than a cluster has nodes. */
    private static final int MOST = 1_000;

    private static final String MEET = """
            local met = redis.call('ZSCORE', KEYS[1], ARGV[1])
            return {met and 1 or 0, redis.call('GET', KEYS[2]) or '0'}
            """;
    /** Begins a term: above all terms that Redis knows if the process is new, else the term that its gateway names. */
    private static final String BEGIN = """
            local known, term = tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[2])
            if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then term = math.max(term, known + tonumber(ARGV[5])) end
            term = string.format('%.0f', math.max(term, known))
            redis.call('SET', KEYS[2], term, 'PX', ARGV[3])
            redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
            local oldest = redis.call('ZRANGE', KEYS[1], 0, -1 - tonumber(ARGV[4]))
            if #oldest > 0 then redis.call('ZREM', KEYS[1], unpack(oldest)) end
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
            return {1, term}
            """;

    private final CommandAsyncExecutor commands;
    private final List<Object> names;
    private final Supplier<@Nullable RedisClient> keeper;
    private final RedisClock clock;
    private final Terms terms;

    /**
     * What Redis knows of a process.
     *
     * @param isMet whether a gateway has met the process since it took over
     * @param term the highest term that has begun; 0 if none has
     */
    record Met(boolean isMet, long term) {}

    /**
     * A lineage under the keys of a prefix.
     *
     * @param keeper the master that has these keys, or null
     */
    public Lineage(
            CommandAsyncExecutor commands,
            RedisKeys keys,
            Supplier<@Nullable RedisClient> keeper,
            RedisClock clock,
            Terms terms) {
        this.commands = commands;
        this.names = List.of(keys.processes(), keys.term());
        this.keeper = keeper;
        this.clock = clock;
        this.terms = terms;
    }

    /** Asks whether a process has been met, and hears the term. If the part with the list is away, it counts as not met. */
    CompletableFuture<Met> meet(RedisClient master, String process) {
        return ask(master, MEET, process).exceptionally(failure -> ifElsewhere(master, failure));
    }

    /** Begins a term, and notes that the process has been met. */
    CompletableFuture<Met> begin(RedisClient master, String process) {
        terms.begin();
        return ask(
                        master,
                        BEGIN,
                        process,
                        Long.toString(terms.current()),
                        Long.toString(Expiry.MARGIN.toMillis()),
                        Integer.toString(MOST),
                        Long.toString(Terms.STEP))
                .exceptionally(failure -> ifElsewhere(master, failure));
    }

    private Met ifElsewhere(RedisClient master, Throwable failure) {
        if (master.equals(keeper.get())) {
            throw new RedisException("what is known of the processes could not be asked for", failure);
        }
        return new Met(false, terms.current());
    }

    private CompletableFuture<Met> ask(RedisClient master, String text, String... values) {
        RedisClient its = keeper.get();
        if (its == null || (!its.equals(master) && clock.isSilent(its))) {
            return CompletableFuture.failedFuture(new RedisException("CLUSTERDOWN nobody keeps the lineage"));
        }
        Object[] all = new Object[3 + names.size() + values.length];
        all[0] = text;
        all[1] = names.size();
        int at = 2;
        for (Object name : names) {
            all[at++] = name;
        }
        for (String value : values) {
            all[at++] = value.getBytes(StandardCharsets.US_ASCII);
        }
        return commands.<List<Object>, List<Object>>writeAsync(
                        its, ByteArrayCodec.INSTANCE, RedisCommands.EVAL_LIST, Arrays.copyOf(all, at))
                .thenApply(answer -> {
                    Reply reply = new Reply(answer);
                    boolean isMet = reply.number() == 1;
                    long term = reply.number();
                    terms.heard(term);
                    return new Met(isMet, term);
                })
                .toCompletableFuture();
    }
}
