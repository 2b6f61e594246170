// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.lane.BatchLine;
import dev.holdfast.store.redis.lane.BatchSender;
import dev.holdfast.store.redis.server.RedisClock;
import dev.holdfast.store.redis.server.Servers;
import dev.holdfast.store.redis.server.Terms;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import org.redisson.Redisson;
import org.redisson.client.RedisClient;
import org.redisson.connection.MasterSlaveEntry;

/** What lanes need of Redisson: senders of batches, masters, clocks and threads. Any thread. */
final class RedissonLine implements BatchLine {
    private final RedisSettings settings;
    private final PooledSender pooled;
    private final List<DirectSender> direct = new CopyOnWriteArrayList<>();
    private final Masters masters;
    private final Terms terms;
    private final Servers servers;
    private final OutageWatch outages;
    private final ScheduledExecutorService executor;

    RedissonLine(
            Redisson redisson,
            RedisSettings settings,
            Masters masters,
            Terms terms,
            Servers servers,
            OutageWatch outages,
            ScheduledExecutorService executor) {
        this.settings = settings;
        pooled = new PooledSender(redisson, settings);
        this.masters = masters;
        this.terms = terms;
        this.servers = servers;
        this.outages = outages;
        this.executor = executor;
    }

    @Override
    public BatchSender newSender() {
        if (settings.durability().replicas() > 0) {
            return pooled;
        }
        DirectSender sender = new DirectSender(pooled, settings.responseTimeout());
        direct.add(sender);
        return sender;
    }

    /** Has all senders end what takes too long. Called some times within the response timeout. */
    void look() {
        direct.forEach(DirectSender::look);
    }

    /** A thread that sends to Redis. */
    EventExecutor thread() {
        return pooled.thread();
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
    public ScheduledExecutorService executor() {
        return executor;
    }
}
