// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import dev.holdfast.store.redis.script.CallHead;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisClient;
import org.redisson.client.protocol.Time;

/**
 * The time at the Redis masters, as two bounds: a master reads its clock between the moment at which TIME is sent and the
 * moment at which the answer arrives, and the masters of a cluster may differ. Between two samples this clock runs on the
 * monotonic clock, so that a step of the gateway's wall clock does not matter. Each master is asked by itself: a master that
 * is away keeps its last sample and holds up nobody. Any thread.
 *
 * <p>If the clock of a master jumps between two samples, the jump becomes its skew. "Redis' time" is a master's clock plus its
 * skew: it goes on as if the clock had not jumped, so that nothing is due earlier or later.
 */
public final class RedisClock {
    /** Three times the period in which each master is asked. */
    private static final long SILENT_MILLIS = 3_000;
    /** The period in which each master is asked. */
    private static final long ASKED_MILLIS = 1_000;
    /** A clock that is off by more than this has jumped; a clock that is slewed is never off by so much. */
    private static final long JUMP_MILLIS = 1_000;
    /** How much too early a call may arrive, by a clock that is slewed. */
    private static final long EARLY_MILLIS = 2_000;

    private final Supplier<? extends Collection<RedisClient>> masters;
    private final Function<RedisClient, CompletionStage<Time>> ask;
    private final Map<RedisClient, ClockSample> samples = new ConcurrentHashMap<>();
    private final Map<RedisClient, Long> firstAskedAtNanos = new ConcurrentHashMap<>();
    private final Map<RedisClient, Long> heardAtNanos = new ConcurrentHashMap<>();
    private final Map<RedisClient, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private volatile @Nullable Bounds bounds;

    /** Between which offsets Redis' milliseconds are from those of the monotonic clock. */
    private record Bounds(long lowestMillis, long highestMillis) {
        Bounds with(Bounds other) {
            return new Bounds(Math.min(lowestMillis, other.lowestMillis), Math.max(highestMillis, other.highestMillis));
        }

        Bounds plus(long millis) {
            return new Bounds(lowestMillis + millis, highestMillis + millis);
        }

        /** The distance from other bounds; 0 if both may be of the same clock that has not jumped. */
        long jumpFrom(Bounds others) {
            boolean isApart = lowestMillis > others.highestMillis + JUMP_MILLIS
                    || highestMillis < others.lowestMillis - JUMP_MILLIS;
            return isApart ? (lowestMillis + highestMillis - others.lowestMillis - others.highestMillis) / 2 : 0;
        }
    }

    /** What a master has answered, with its skew, and when. */
    private record ClockSample(Bounds bounds, long skewMillis, long answeredAtNanos) {}

    /**
     * A clock that has not been set.
     *
     * @param masters the present masters; may block before the first contact
     * @param ask asks a master for its time
     */
    public RedisClock(
            Supplier<? extends Collection<RedisClient>> masters, Function<RedisClient, CompletionStage<Time>> ask) {
        this.masters = masters;
        this.ask = ask;
    }

    /** Whether some master has answered. */
    public boolean isSet() {
        return bounds != null;
    }

    /** Takes a sample of every master. Completes when each has answered or failed; exceptionally if none has answered. */
    public CompletableFuture<Void> refresh() {
        Collection<RedisClient> all;
        try {
            all = List.copyOf(masters.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        firstAskedAtNanos.keySet().retainAll(all);
        heardAtNanos.keySet().retainAll(all);
        if (samples.keySet().retainAll(all)) {
            merge();
        }
        List<CompletableFuture<Void>> asked = new ArrayList<>(all.size());
        all.forEach(master -> asked.add(refresh(master)));
        return CompletableFuture.allOf(asked.toArray(new CompletableFuture<?>[0]))
                .handle((nothing, failure) -> failure)
                .thenCompose(
                        failure -> failure == null || asked.stream().anyMatch(one -> !one.isCompletedExceptionally())
                                ? CompletableFuture.completedFuture(null)
                                : CompletableFuture.failedFuture(failure));
    }

    /** Takes a sample of one master. Callers that ask while it is under way share the outcome. */
    public CompletableFuture<Void> refresh(RedisClient master) {
        CompletableFuture<Void> ours = new CompletableFuture<>();
        CompletableFuture<Void> theirs = underWay.putIfAbsent(master, ours);
        if (theirs != null) {
            return theirs;
        }
        firstAskedAtNanos.putIfAbsent(master, System.nanoTime());
        long sentAt = monotonicMillis();
        CompletionStage<Time> answer;
        try {
            answer = ask.apply(master);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete((time, failure) -> {
            underWay.remove(master);
            if (time == null) {
                ours.completeExceptionally(failure == null ? new IllegalStateException("no time") : failure);
                return;
            }
            long millis = time.getSeconds() * 1000L + time.getMicroseconds() / 1000;
            Bounds its = new Bounds(millis - monotonicMillis(), millis - sentAt + 1);
            samples.compute(master, (same, before) -> {
                long skew = before == null ? 0 : before.skewMillis();
                Bounds skewed = its.plus(skew);
                long jump = before == null ? 0 : skewed.jumpFrom(before.bounds());
                return new ClockSample(skewed.plus(-jump), skew - jump, System.nanoTime());
            });
            merge();
            ours.complete(null);
        });
        return ours;
    }

    /** The skew of a master in ms; 0 if its clock has not jumped. */
    long skewMillis(@Nullable Object master) {
        ClockSample known = master instanceof RedisClient client ? samples.get(client) : null;
        return known == null ? 0 : known.skewMillis();
    }

    /** Sets the skew of a master on which the gateways have agreed. */
    void agreeOn(RedisClient master, long skewMillis) {
        samples.computeIfPresent(
                master,
                (same, known) -> new ClockSample(
                        known.bounds().plus(skewMillis - known.skewMillis()), skewMillis, known.answeredAtNanos()));
        merge();
    }

    private synchronized void merge() {
        samples.values().stream().map(ClockSample::bounds).reduce(Bounds::with).ifPresent(all -> bounds = all);
    }

    /** Whether a master has not answered for so long that it counts as away: 3 s. */
    public boolean isSilent(RedisClient master) {
        return silentMillis(master) > SILENT_MILLIS;
    }

    /** For how many ms a master has not answered, counted from the first question if it never has. */
    public long silentMillis(RedisClient master) {
        ClockSample known = samples.get(master);
        Long since = known == null ? firstAskedAtNanos.get(master) : Long.valueOf(known.answeredAtNanos());
        Long heard = heardAtNanos.get(master);
        if (heard != null && (since == null || heard - since > 0)) {
            since = heard;
        }
        return since == null ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    }

    /** A master has answered a call. So it is there, even if it has not been asked for its time since it came back. */
    public void heard(Object master) {
        if (master instanceof RedisClient client && silentMillis(client) > ASKED_MILLIS) {
            heardAtNanos.put(client, System.nanoTime());
        }
    }

    /** The last moment, in ms of Redis' time, at which a call may be executed that is sent now with a timeout. */
    public long deadlineMillis(long timeoutMillis) {
        Bounds known = bounds;
        return known == null ? 0 : monotonicMillis() + known.highestMillis() + timeoutMillis;
    }

    /** The head of a call that is sent to a master now, with a deadline. */
    public CallHead head(@Nullable Object master, long deadlineMillis, long term) {
        Bounds known = bounds;
        long earliest = known == null ? 0 : monotonicMillis() + known.lowestMillis() - EARLY_MILLIS;
        return new CallHead(earliest, deadlineMillis, term, skewMillis(master));
    }

    /** In how many ms a deadline has passed at every master; not positive if it has passed. */
    public long millisUntilPassed(long deadlineMillis) {
        Bounds known = bounds;
        return known == null ? 0 : deadlineMillis + 1 - (monotonicMillis() + known.lowestMillis());
    }

    private static long monotonicMillis() {
        return System.nanoTime() / 1_000_000;
    }
}
