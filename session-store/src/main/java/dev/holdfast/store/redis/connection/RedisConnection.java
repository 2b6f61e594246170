// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.StoreDoubt;
import dev.holdfast.store.redis.OutageListener;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.failure.RedisTrouble;
import dev.holdfast.store.redis.failure.RefusalTracker;
import dev.holdfast.store.redis.lane.Call;
import dev.holdfast.store.redis.lane.LaneMeter;
import dev.holdfast.store.redis.lane.LaneSet;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.ScriptSet;
import dev.holdfast.store.redis.server.Lineage;
import dev.holdfast.store.redis.server.RedisClock;
import dev.holdfast.store.redis.server.Servers;
import dev.holdfast.store.redis.server.Skews;
import dev.holdfast.store.redis.server.Terms;
import io.netty.util.concurrent.EventExecutor;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.client.RedisClient;
import org.redisson.client.codec.LongCodec;
import org.redisson.client.protocol.RedisCommands;
import org.redisson.client.protocol.Time;
import org.redisson.command.CommandAsyncExecutor;

/**
 * One gateway's connection to Redis: the client, the lanes, the scripts and the clock that all stores of this process
 * share. {@link #open} touches no network. While Redis is away, operations wait, and fail in time; when Redis is back, they go
 * on by themselves. Any thread.
 */
public final class RedisConnection implements AutoCloseable {
    private static final int LOOKS_PER_TIMEOUT = 8;

    private final RedisSettings settings;
    private final RedisKeys keys;
    private final Redisson redisson;
    private final ScheduledThreadPoolExecutor executor;
    private final RefusalTracker refusals = new RefusalTracker(System::nanoTime);
    private final LaneMeter meter = new LaneMeter(refusals);
    private final Masters masters;
    private final RedisClock clock;
    private final Terms terms = new Terms(System::currentTimeMillis);
    private final Servers servers;
    private final Skews skews;
    private final RedissonLine line;
    private final LaneSet lanes;
    private final OutageWatch outages;

    private RedisConnection(RedisSettings settings) {
        this.settings = settings;
        keys = new RedisKeys(settings.keyPrefix());
        redisson = (Redisson) Redisson.create(RedissonConfig.of(settings));
        executor = new ScheduledThreadPoolExecutor(2, task -> {
            Thread thread = new Thread(task, "holdfast-redis");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        masters = new Masters(redisson, isCluster(), this::askTime);
        clock = masters.clock();
        CommandAsyncExecutor commands = redisson.getCommandExecutor();
        int membersSlot = RedisKeys.slot(RedisKeys.MEMBERS_TAG);
        skews = new Skews(commands, keys.skews(), clock, () -> masters.of(membersSlot), this::met);
        Lineage lineage = new Lineage(commands, keys, () -> masters.of(membersSlot), clock, terms);
        servers = new Servers(commands, masters::all, masters::slotsOf, clock, lineage, skews);
        outages = new OutageWatch(this, masters);
        line = new RedissonLine(redisson, settings, masters, terms, servers, outages, executor);
        lanes = new LaneSet(line, settings, meter, isCluster());
        executor.scheduleWithFixedDelay(
                () -> clock.refresh().whenComplete((nothing, failure) -> {
                    refusals.look();
                    outages.look();
                }),
                Masters.CLOCK_PERIOD.toMillis(),
                Masters.CLOCK_PERIOD.toMillis(),
                TimeUnit.MILLISECONDS);
        long look = settings.responseTimeout().toMillis() / LOOKS_PER_TIMEOUT;
        executor.scheduleWithFixedDelay(line::look, look, look, TimeUnit.MILLISECONDS);
    }

    /** Makes a connection that connects at the first operation, or at {@link #contact}. */
    public static RedisConnection open(RedisSettings settings) {
        return new RedisConnection(settings);
    }

    /**
     * Makes the first contact, which otherwise the first operation waits for.
     *
     * @return done when some server has answered; exceptionally {@link RedisRefusedException}, which says why, if none has
     */
    public CompletionStage<Void> contact() {
        return CompletableFuture.supplyAsync(clock::refresh, executor)
                .thenCompose(asked -> asked)
                .handle((nothing, failure) -> {
                    if (failure != null) {
                        RedisTrouble trouble = RedisTrouble.of(failure);
                        throw new CompletionException(
                                new RedisRefusedException(trouble.kind(), settings.server() + " " + trouble.words()));
                    }
                    return null;
                });
    }

    /** Counts what the lanes have sent and what has failed, for metrics. */
    public LaneMeter meter() {
        return meter;
    }

    /** Whether so much waits for Redis that producers of more are to be held back: more than half of what may wait in some lane. */
    public boolean isBehind() {
        return lanes.areBehind();
    }

    /** Whether so much waits in the lane of a slot. */
    public boolean isBehind(int slot) {
        return lanes.isBehind(slot);
    }

    /** How many operations wait for Redis or are under way. */
    public long waiting() {
        return lanes.waiting();
    }

    /** Ends the connection; waiting operations fail. Blocks for some seconds at the most. */
    @Override
    public void close() {
        if (executor.isShutdown()) {
            return;
        }
        lanes.close();
        redisson.shutdown(0, 2, TimeUnit.SECONDS);
        executor.shutdownNow();
        try {
            executor.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lanes.abandon();
    }

    /** How Redis is used. */
    public RedisSettings settings() {
        return settings;
    }

    /** The names of keys. */
    public RedisKeys keys() {
        return keys;
    }

    /** Asks every master for its time. */
    public CompletableFuture<Void> sample() {
        return clock.refresh();
    }

    private Map<RedisClient, ScriptSet> met() {
        return servers.known();
    }

    /** The skews of the masters' clocks, on which the gateways agree. */
    public Skews skews() {
        return skews;
    }

    /** The term of this gateway. */
    public Terms terms() {
        return terms;
    }

    /** The client itself, for what is no script call. */
    public Redisson redisson() {
        return redisson;
    }

    /** Runs tasks that may block, or that run after a delay. */
    public ScheduledExecutorService executor() {
        return executor;
    }

    /** The client of the master that serves a slot; null if none is known. Blocks before the first contact. */
    @Nullable
    RedisClient master(int slot) {
        return masters.of(slot);
    }

    /** A thread that sends to Redis at once, without handing over to another thread. */
    public EventExecutor sender() {
        return line.thread();
    }

    /** Has a listener hear of every server that may lack the last writes of the server before it. */
    public void onDoubt(StoreDoubt listener) {
        servers.listen(listener);
    }

    /** Sends a call through its lane. */
    public void submit(Call call) {
        lanes.submit(call);
    }

    /** Sends a call through its lane, and answers what becomes of it. */
    public <T> CompletableFuture<T> call(ScriptCall<T> call) {
        lanes.submit(call);
        return call.result();
    }

    /** Redis' time in ms; as long as Redis has not been asked, this machine's time. */
    public long nowMillis() {
        return clock.isSet() ? clock.deadlineMillis(0) : System.currentTimeMillis();
    }

    /** Redis' time in ms; 0 as long as Redis has not been asked. */
    public long askedMillis() {
        return clock.deadlineMillis(0);
    }

    private CompletionStage<Time> askTime(RedisClient master) {
        return redisson.getCommandExecutor()
                .<Time, Time>readAsync(master, LongCodec.INSTANCE, RedisCommands.TIME)
                .whenComplete((time, failure) -> {
                    if (failure != null && !executor.isShutdown()) {
                        meter.failed(failure, 1);
                    }
                });
    }

    /** Whether slots belong to several masters. */
    public boolean isCluster() {
        return settings.server().mode() == RedisSettings.Mode.CLUSTER;
    }

    /** Whether one master serves both slots. */
    public boolean areTogether(int slot, int other) {
        return masters.areTogether(slot, other);
    }

    /** What Redis refuses at the moment, to everybody or to this gateway, in words for the operator; null if nothing. */
    public @Nullable String refused() {
        return refusals.now();
    }

    /** The parts of a cluster that are away while the rest is served, in words for the operator; null if none is. */
    public @Nullable String away() {
        return outages.away();
    }

    /** Has a listener hear of servers that go away and come back. The last listener replaces the one before. */
    public void onOutage(OutageListener listener) {
        outages.listen(listener);
        refusals.listen(listener);
    }

    /**
     * Whether the gateways cannot see each other's leases only because the part of a cluster with the leases is away, while
     * other parts answer.
     */
    public boolean missesLeasesOnly() {
        return masters.missLeasesOnly();
    }

    /** Whether the master of a slot has been away for some seconds, or there is none, while another master answers. */
    public boolean isAway(int slot) {
        return masters.isAway(slot);
    }
}
