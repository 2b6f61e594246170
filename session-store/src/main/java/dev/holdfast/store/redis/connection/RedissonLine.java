// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.failure.TooFewReplicasException;
import dev.holdfast.store.redis.lane.BatchLine;
import dev.holdfast.store.redis.lane.Call;
import dev.holdfast.store.redis.script.ScriptSet;
import dev.holdfast.store.redis.server.RedisClock;
import dev.holdfast.store.redis.server.Servers;
import dev.holdfast.store.redis.server.Terms;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RScriptAsync;
import org.redisson.client.RedisClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.connection.MasterSlaveEntry;

/** Sends the batches of lanes by Redisson's pipelining, without its retries. Any thread. */
final class RedissonLine implements BatchLine {
    private final Redisson redisson;
    private final RedisSettings settings;
    private final Masters masters;
    private final Terms terms;
    private final Servers servers;
    private final OutageWatch outages;
    private final ScheduledExecutorService executor;
    private final int replicas;

    RedissonLine(
            Redisson redisson,
            RedisSettings settings,
            Masters masters,
            Terms terms,
            Servers servers,
            OutageWatch outages,
            ScheduledExecutorService executor) {
        this.redisson = redisson;
        this.settings = settings;
        this.masters = masters;
        this.terms = terms;
        this.servers = servers;
        this.outages = outages;
        this.executor = executor;
        replicas = settings.durability().replicas();
    }

    @Override
    public Sent send(List<Call> calls, ScriptSet scripts, byte[] head) {
        BatchOptions options = BatchOptions.defaults()
                .executionMode(BatchOptions.ExecutionMode.IN_MEMORY)
                .retryAttempts(0)
                .responseTimeout(settings.responseTimeout().toMillis(), TimeUnit.MILLISECONDS);
        if (replicas > 0) {
            options.sync(replicas, settings.durability().timeout());
        }
        RBatch batch = redisson.createBatch(options);
        RScriptAsync script = batch.getScript(ByteArrayCodec.INSTANCE);
        List<RFuture<List<Object>>> answers = new ArrayList<>(calls.size());
        for (Call call : calls) {
            answers.add(script.evalShaAsync(
                    RScript.Mode.READ_WRITE,
                    scripts.sha(call.script),
                    RScript.ReturnType.LIST,
                    call.keys,
                    call.arguments(head)));
        }
        CompletionStage<Void> whole = batch.executeAsync().handle((result, failure) -> {
            if (replicas > 0 && (failure != null || result.getSyncedSlaves() < replicas)) {
                int confirmed = failure == null ? result.getSyncedSlaves() : 0;
                throw new CompletionException(new TooFewReplicasException(replicas, confirmed));
            }
            if (failure != null) {
                throw new CompletionException(failure);
            }
            return null;
        });
        return new Sent(answers, whole);
    }

    @Override
    public Object master(int slot) {
        RedisClient master = masters.of(slot);
        return master == null ? this : master;
    }

    @Override
    public byte[] head(Object master, long deadlineMillis) {
        return clock().head(master, deadlineMillis, terms.current()).encode();
    }

    @Override
    public Object part(int slot) {
        // Redisson blocks before the first contact, and a lane must not.
        MasterSlaveEntry entry = masters.isCluster() && clock().isSet() ? masters.entry(slot) : null;
        return entry == null ? this : entry;
    }

    @Override
    public boolean isAway(int slot) {
        boolean isAway = masters.isAway(slot);
        if (isAway) {
            outages.somethingIsLeftOut();
        }
        return isAway;
    }

    @Override
    public RedisClock clock() {
        return masters.clock();
    }

    @Override
    public CompletionStage<Void> sample(Object master) {
        return master instanceof RedisClient client ? clock().refresh(client) : clock().refresh();
    }

    @Override
    public Servers servers() {
        return servers;
    }

    @Override
    public EventExecutor sender() {
        return redisson.getCommandExecutor()
                .getConnectionManager()
                .getServiceManager()
                .getGroup()
                .next();
    }

    @Override
    public ScheduledExecutorService executor() {
        return executor;
    }
}
