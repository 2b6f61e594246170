// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.failure.TooFewReplicasException;
import dev.holdfast.store.redis.lane.BatchSender;
import dev.holdfast.store.redis.lane.Call;
import dev.holdfast.store.redis.script.ScriptSet;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RScriptAsync;
import org.redisson.client.codec.ByteArrayCodec;

/**
 * Sends batches on connections of Redisson's pool, by its pipelining, without its retries. Redisson follows redirections of a
 * cluster and waits for replicas. All lanes share this sender.
 */
final class PooledSender implements BatchSender {
    private final Redisson redisson;
    private final RedisSettings settings;
    private final int replicas;

    /** A sender that waits for as many replicas as the settings say. */
    PooledSender(Redisson redisson, RedisSettings settings) {
        this.redisson = redisson;
        this.settings = settings;
        replicas = settings.durability().replicas();
    }

    @Override
    public Sent send(Object master, List<Call> calls, ScriptSet scripts, byte[] head) {
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
    public EventExecutor thread() {
        return redisson.getCommandExecutor()
                .getConnectionManager()
                .getServiceManager()
                .getGroup()
                .next();
    }
}
