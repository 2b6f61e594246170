// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.StoreDoubt;
import dev.holdfast.store.redis.OutageListener;
import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.failure.RedisTrouble;
import dev.holdfast.store.redis.failure.RefusalTracker;
import dev.holdfast.store.redis.failure.TooFewReplicasException;
import dev.holdfast.store.redis.lane.Call;
import dev.holdfast.store.redis.lane.Lane;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RScriptAsync;
import org.redisson.client.RedisClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.LongCodec;
import org.redisson.client.protocol.RedisCommands;
import org.redisson.client.protocol.Time;
import org.redisson.connection.MasterSlaveEntry;

/**
 * One gateway's connection to Redis: the client, the lanes, the scripts and the clock that all stores of this process
 * share. Opening it touches no network; while Redis is away operations wait, fail in time, and go on by themselves
 * when it is back.
 */
public final class RedisConnection implements AutoCloseable {
    private static final Duration CLOCK_PERIOD = Duration.ofSeconds(1);
    /** What a master that is asked once a second takes at the most if all is well. */
    private static final long LATE_MILLIS = 1_700;

    private final RedisSettings settings;
    private final RedisKeys keys;
    private final Redisson redisson;
    private final ScheduledThreadPoolExecutor executor;
    private final RefusalTracker refusals = new RefusalTracker(System::nanoTime);
    private final LaneMeter meter = new LaneMeter(refusals);
    private final RedisClock clock;
    private final Terms terms = new Terms(System::currentTimeMillis);
    private final Servers servers;
    private final Skews skews;
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
        clock = new RedisClock(this::clients, this::askTime);
        skews = new Skews(
                redisson.getCommandExecutor(),
                keys.skews(),
                clock,
                () -> master(RedisKeys.slot(RedisKeys.MEMBERS_TAG)),
                this::met);
        Lineage lineage = new Lineage(
                redisson.getCommandExecutor(), keys, () -> master(RedisKeys.slot(RedisKeys.MEMBERS_TAG)), clock, terms);
        servers = new Servers(redisson.getCommandExecutor(), this::clients, this::slotsOf, clock, lineage, skews);
        lanes = new LaneSet(new BatchLine(), settings, meter, isCluster());
        outages = new OutageWatch(this);
        executor.scheduleWithFixedDelay(
                () -> clock.refresh().whenComplete((nothing, failure) -> {
                    refusals.look();
                    outages.look();
                }),
                CLOCK_PERIOD.toMillis(),
                CLOCK_PERIOD.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Opens a connection; see the class about when it connects. */
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

    /** What the lanes have sent, for metrics. */
    public LaneMeter meter() {
        return meter;
    }

    /** Whether so much waits for Redis that whoever adds to it is to be held back. */
    public boolean isBehind() {
        return lanes.areBehind();
    }

    /** Whether so much waits for the part of Redis that has a slot. */
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

    public RedisSettings settings() {
        return settings;
    }

    public RedisKeys keys() {
        return keys;
    }

    /** Asks Redis for its time. */
    public CompletableFuture<Void> sample() {
        return clock.refresh();
    }

    private Map<RedisClient, ScriptSet> met() {
        return servers.known();
    }

    public Skews skews() {
        return skews;
    }

    public Terms terms() {
        return terms;
    }

    public Redisson redisson() {
        return redisson;
    }

    public ScheduledExecutorService executor() {
        return executor;
    }

    /** The client of the master that serves a slot; null if none is known. */
    @Nullable
    RedisClient master(int slot) {
        MasterSlaveEntry entry = entry(slot);
        return entry == null ? null : entry.getClient();
    }

    private @Nullable MasterSlaveEntry entry(int slot) {
        // Outside of a cluster all slots are one server's.
        return redisson.getCommandExecutor().getConnectionManager().getEntry(isCluster() ? slot : 0);
    }

    /** A thread that sends to Redis without handing over once more. */
    public EventExecutor sender() {
        return redisson.getCommandExecutor()
                .getConnectionManager()
                .getServiceManager()
                .getGroup()
                .next();
    }

    /** Tells of every server that may lack the last writes of the one before it. */
    public void onDoubt(StoreDoubt listener) {
        servers.listen(listener);
    }

    /** Sends a call through its lane. */
    public void submit(Call call) {
        lanes.submit(call);
    }

    /** Sends a call through its lane. */
    public <T> CompletableFuture<T> call(ScriptCall<T> call) {
        lanes.submit(call);
        return call.result();
    }

    /** Redis' time, or this machine's as long as Redis has not been asked. */
    public long nowMillis() {
        return clock.isSet() ? clock.deadlineMillis(0) : System.currentTimeMillis();
    }

    /** Redis' time; 0 as long as it has not been asked. */
    public long askedMillis() {
        return clock.deadlineMillis(0);
    }

    private Collection<RedisClient> clients() {
        return redisson.getCommandExecutor().getConnectionManager().getEntrySet().stream()
                .map(MasterSlaveEntry::getClient)
                .toList();
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

    /** Whether one master has both slots. */
    public boolean areTogether(int slot, int other) {
        return !isCluster() || !clock.isSet() || Objects.equals(entry(slot), entry(other));
    }

    /** What Redis refuses to all who ask, or to this gateway, for the operator; null if nothing. */
    public @Nullable String refused() {
        return refusals.now();
    }

    /**
     * What of a cluster is away, while the rest is served, for the operator; null if nothing is. Outside of a cluster
     * never anything.
     */
    public @Nullable String away() {
        return outages.away();
    }

    /** Has a listener hear of servers that are away and come back; one at a time. */
    public void onOutage(OutageListener listener) {
        outages.listen(listener);
        refusals.listen(listener);
    }

    /**
     * Whether what gateways know of each other is silent only since the part of a cluster that has it is, while others
     * answer.
     */
    public boolean missesLeasesOnly() {
        if (!isCluster() || !clock.isSet()) {
            return false;
        }
        RedisClient leases = master(RedisKeys.slot(RedisKeys.MEMBERS_TAG));
        // All are asked at the same time, so one that is silent is behind the others from the next time on.
        long others = clients().stream().mapToLong(clock::silentMillis).min().orElse(Long.MAX_VALUE);
        return others <= LATE_MILLIS
                && (leases == null || clock.silentMillis(leases) > others + CLOCK_PERIOD.toMillis() / 2);
    }

    private BitSet slotsOf(RedisClient client) {
        BitSet its = new BitSet(RedisKeys.SLOTS);
        for (int slot = 0; slot < RedisKeys.SLOTS; slot++) {
            if (client.equals(master(slot))) {
                its.set(slot);
            }
        }
        return its;
    }

    /** The slots that nobody serves, while others are served. */
    BitSet slotsAway() {
        BitSet away = new BitSet(RedisKeys.SLOTS);
        if (!clock.isSet()) {
            return away;
        }
        Set<RedisClient> silent = new HashSet<>();
        Set<RedisClient> all = new HashSet<>(clients());
        all.stream().filter(clock::isSilent).forEach(silent::add);
        if (silent.containsAll(all)) {
            return away;
        }
        for (int slot = 0; slot < RedisKeys.SLOTS; slot++) {
            RedisClient master = master(slot);
            if (master == null || silent.contains(master)) {
                away.set(slot);
            }
        }
        return away;
    }

    /** Whether no server has answered for some seconds. */
    boolean isSilent() {
        return clock.isSet() && clients().stream().allMatch(clock::isSilent);
    }

    /** The addresses of masters that have told nothing for some seconds. */
    List<String> silentServers() {
        return clients().stream()
                .filter(clock::isSilent)
                .map(master -> master.getAddr().getHostString() + ":"
                        + master.getAddr().getPort())
                .sorted()
                .toList();
    }

    /** Whether the master of a slot has been away for some seconds, or there is none, while another one answers. */
    public boolean isAway(int slot) {
        if (!isCluster() || !clock.isSet()) {
            return false;
        }
        RedisClient master = master(slot);
        return (master == null || clock.isSilent(master))
                && clients().stream().anyMatch(other -> !clock.isSilent(other));
    }

    /** A batch a line: Redisson's pipelining, without its retries. */
    private final class BatchLine implements Lane.Line {
        private final int replicas = settings.durability().replicas();

        @Override
        public Lane.Sent send(List<Call> calls, ScriptSet scripts, byte[] head) {
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
            return new Lane.Sent(answers, whole);
        }

        @Override
        public Object master(int slot) {
            RedisClient master = RedisConnection.this.master(slot);
            return master == null ? this : master;
        }

        @Override
        public byte[] head(Object master, long deadlineMillis) {
            return clock.head(master, deadlineMillis, terms.current()).encode();
        }

        @Override
        public Object part(int slot) {
            // Before the first contact Redisson blocks.
            MasterSlaveEntry entry = isCluster() && clock.isSet() ? entry(slot) : null;
            return entry == null ? this : entry;
        }

        @Override
        public boolean isAway(int slot) {
            boolean isAway = RedisConnection.this.isAway(slot);
            if (isAway) {
                outages.somethingIsLeftOut();
            }
            return isAway;
        }

        @Override
        public RedisClock clock() {
            return clock;
        }

        @Override
        public CompletionStage<Void> sample(Object master) {
            return master instanceof RedisClient client ? clock.refresh(client) : clock.refresh();
        }

        @Override
        public Servers servers() {
            return servers;
        }

        @Override
        public EventExecutor sender() {
            return RedisConnection.this.sender();
        }

        @Override
        public ScheduledExecutorService executor() {
            return executor;
        }
    }
}
