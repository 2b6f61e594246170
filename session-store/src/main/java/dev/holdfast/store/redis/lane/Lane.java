// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.PartAwayException;
import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.StoreUnavailableException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.failure.TooFewReplicasException;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.ScriptSet;
import dev.holdfast.store.redis.server.RedisClock;
import dev.holdfast.store.redis.server.Servers;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One ordered writer (group commit): one batch in flight, and what arrives meanwhile rides in the next.
 *
 * <p>Any thread submits, without a lock. Everything else is done by whoever holds {@code running}: mostly a thread of
 * Redisson, the one that is to send or the one that brings a batch's answer.
 *
 * <p>A call whose outcome is unknown may still stand in a socket's buffer, before a stopped Redis, and be executed after
 * its repetition. Therefore each call carries a deadline in Redis' time, and is repeated only when that has passed at
 * every master: the late first sending is then refused by its script. Nothing newer of this lane is sent before.
 */
public final class Lane {
    private static final long SHORTEST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 250;

    /** What a lane needs of the connection. */
    public interface Line {
        /** Sends calls, all for one master, as one batch. */
        Sent send(List<Call> calls, ScriptSet scripts, byte[] head);

        /** What tells masters apart. */
        Object master(int slot);

        /** What each call of a batch with such a deadline says first. */
        byte[] head(Object master, long deadlineMillis);

        /** The part of the slots that one master serves, and whoever takes over from it. Blocks never. */
        Object part(int slot);

        /** Whether the part of a slot has been away for some seconds, and others not. */
        boolean isAway(int slot);

        RedisClock clock();

        /** Asks a master what time it is there. */
        CompletionStage<Void> sample(Object master);

        Servers servers();

        /** Runs a lane soon, on a thread that sends without handing over once more. */
        EventExecutor sender();

        /** Runs a lane after a while. */
        ScheduledExecutorService executor();
    }

    /**
     * A batch on its way.
     *
     * @param answers of its calls, in order; complete when {@code whole} is
     * @param whole when the batch is through; fails where replicas were to confirm and did not
     */
    public record Sent(List<? extends CompletionStage<List<Object>>> answers, CompletionStage<Void> whole) {}

    /** What a lane has to do with others, where slots move from one to another. */
    interface Traffic {
        /** Where they do not. */
        Traffic NONE = new Traffic() {
            @Override
            public void ended(int slot) {}

            @Override
            public void astray(Lane from, Set<Integer> slots) {}
        };

        /** A call on a slot neither waits nor is under way any more. */
        void ended(int slot);

        /** Another lane is to have all calls on these slots; none of the lane's is under way. */
        void astray(Lane from, Set<Integer> slots);
    }

    private final Line line;
    private final Object part;
    private final Traffic traffic;
    private final LaneMeter meter;
    private final long timeoutMillis;
    private final long retryNanos;
    private final long unknownNanos;
    private final int mostWaiting;
    private final long mostWaitingBytes;

    private final ConcurrentLinkedQueue<Call> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong waitingOperations = new AtomicLong();
    private final AtomicReference<@Nullable List<Call>> inFlight = new AtomicReference<>();
    private volatile boolean closed;

    // of whoever runs the lane
    private final LaneQueue waiting = new LaneQueue();
    private long pauseMillis = SHORTEST_PAUSE_MILLIS;
    private Throwable lastFailure = new IllegalStateException("never sent");

    /**
     * A lane without calls.
     *
     * @param part the part of the slots that it is for
     */
    public Lane(Line line, Object part, RedisSettings settings, LaneMeter meter, Traffic traffic) {
        this.line = line;
        this.part = part;
        this.traffic = traffic;
        this.meter = meter;
        timeoutMillis = settings.responseTimeout().toMillis()
                + settings.durability().timeout().toMillis();
        retryNanos = settings.retryFor().toNanos();
        // A repetition is recognized for as long as ids are remembered.
        unknownNanos = settings.dedupeWindow().toNanos() / 2;
        mostWaiting = settings.maxWaitingOperations();
        mostWaitingBytes = settings.maxWaitingBytes();
    }

    void submit(Call call) {
        if (take(call)) {
            wake();
        } else {
            refuse(call);
        }
    }

    /** Takes a call in, to be followed by {@link #wake}; or not, to be followed by {@link #refuse}. */
    boolean take(Call call) {
        long bytes = waitingBytes.addAndGet(call.bytes());
        long operations = waitingOperations.addAndGet(call.operations());
        if (closed
                || (!call.first && (bytes > mostWaitingBytes || operations > mostWaiting))
                || (call.dispensable && line.isAway(call.slot))) {
            return false;
        }
        call.submittedAtNanos = System.nanoTime();
        call.givenUpAtNanos = call.submittedAtNanos + retryNanos;
        arrived.add(call);
        return true;
    }

    /** Has what was taken in sent soon. */
    void wake() {
        if (running.compareAndSet(false, true)) {
            soon();
        }
    }

    /** Fails a call that was not taken in. */
    void refuse(Call call) {
        long bytes = waitingBytes.get();
        long operations = waitingOperations.get();
        finished(call);
        if (closed) {
            call.failed(new IllegalStateException("the store is closed"));
        } else if (call.dispensable && line.isAway(call.slot)) {
            call.failed(away(call));
        } else {
            call.failed(new StoreBusyException(operations + " operations, " + bytes + " bytes wait for Redis"));
        }
    }

    private PartAwayException away(Call call) {
        return new PartAwayException("a part of Redis is away, " + call.script + " is not waited for", lastFailure);
    }

    /**
     * Hands all calls on a slot to another lane, those included that have arrived and wait to be taken in; by whoever runs
     * this lane, while nobody submits to the slot.
     */
    void handOver(int slot, Lane to) {
        takeIn();
        for (Call call : waiting.remove(call -> call.slot == slot)) {
            waitingBytes.addAndGet(-call.bytes());
            waitingOperations.addAndGet(-call.operations());
            to.waitingBytes.addAndGet(call.bytes());
            to.waitingOperations.addAndGet(call.operations());
            // They are in order as they stand.
            call.first = false;
            to.arrived.add(call);
        }
    }

    /** Whether half of what may wait is there. */
    boolean isBehind() {
        return waitingOperations.get() > mostWaiting / 2 || waitingBytes.get() > mostWaitingBytes / 2;
    }

    /** How many operations wait or are under way. */
    long waiting() {
        return waitingOperations.get();
    }

    /** Fails what waits; what is in flight still gets its answer. */
    void close() {
        closed = true;
        if (running.compareAndSet(false, true)) {
            soon();
        }
    }

    /** Fails all that is left, after the last thread that could run this lane has ended. */
    synchronized void abandon() {
        List<Call> unanswered = inFlight.getAndSet(null);
        if (unanswered != null) {
            for (Call call : unanswered) {
                finished(call);
                call.failed(new StoreUnavailableException(
                        "the store was closed before " + call.script + " was answered, outcome unknown", lastFailure));
            }
        }
        takeIn();
        dropGivenUp();
    }

    private void run() {
        while (true) {
            takeIn();
            dropGivenUp();
            handOverAstray();
            if (!waiting.isEmpty()) {
                if (!line.clock().isSet()) {
                    line.clock().refresh().whenComplete((nothing, failure) -> {
                        if (failure == null) {
                            run();
                        } else {
                            lastFailure = failure;
                            pause(0);
                        }
                    });
                    return;
                }
                Object master = line.master(waiting.nextSlot());
                ScriptSet scripts = line.servers().scripts(master);
                if (scripts == null) {
                    establish(master);
                    return;
                }
                send(waiting.nextBatch(master, line::master), master, scripts);
                return;
            }
            running.set(false);
            if (arrived.isEmpty() || !running.compareAndSet(false, true)) {
                return;
            }
        }
    }

    private void takeIn() {
        Call call;
        while ((call = arrived.poll()) != null) {
            if (!waiting.add(call)) {
                // Its overhead is not kept twice.
                waitingBytes.addAndGet(-Call.OVERHEAD_BYTES);
                traffic.ended(call.slot);
            }
        }
    }

    /** Hands over what another master serves now: what is next, and where this lane does not get on, all of it. */
    private void handOverAstray() {
        while (traffic != Traffic.NONE && !waiting.isEmpty()) {
            boolean getsOn = pauseMillis == SHORTEST_PAUSE_MILLIS;
            if (getsOn && line.part(waiting.nextSlot()).equals(part)) {
                return;
            }
            Set<Integer> slots = waiting.slots(slot -> !line.part(slot).equals(part));
            if (slots.isEmpty()) {
                return;
            }
            traffic.astray(this, slots);
        }
    }

    /** Has a master looked at before anything more is sent to it. */
    private void establish(Object master) {
        line.servers().establish(master).whenComplete((nothing, failure) -> {
            if (failure != null) {
                lastFailure = failure;
                meter.failed(failure, 0);
                pause(0);
            } else {
                run();
            }
        });
    }

    private void dropGivenUp() {
        if (!closed && pauseMillis == SHORTEST_PAUSE_MILLIS) {
            return; // Redis answers
        }
        long now = System.nanoTime();
        List<Call> leftOut = closed ? List.of() : waiting.remove(call -> call.dispensable && line.isAway(call.slot));
        for (Call call : leftOut) {
            finished(call);
            call.failed(away(call));
        }
        for (Call call : waiting.remove(call -> closed || (!call.waits && call.givenUpAtNanos - now < 0))) {
            finished(call);
            call.failed(new StoreUnavailableException(
                    "no answer from Redis to " + call.script + (call.repeated ? ", outcome unknown" : ", not sent"),
                    lastFailure));
        }
    }

    private void send(List<Call> batch, Object master, ScriptSet scripts) {
        long deadline = line.clock().deadlineMillis(timeoutMillis);
        inFlight.set(batch);
        Sent sent;
        try {
            sent = line.send(batch, scripts, line.head(master, deadline));
        } catch (RuntimeException e) {
            // Nothing has left: Redisson refused to take it.
            List<CompletableFuture<List<Object>>> none = new ArrayList<>();
            batch.forEach(call -> none.add(CompletableFuture.failedFuture(e)));
            sent = new Sent(none, CompletableFuture.failedFuture(e));
        }
        Sent underWay = sent;
        long sentAt = System.nanoTime();
        underWay.whole().whenComplete((nothing, failure) -> {
            meter.batch(batch.size(), System.nanoTime() - sentAt);
            completed(batch, master, underWay, cause(failure), deadline);
        });
    }

    private void completed(List<Call> batch, Object master, Sent sent, @Nullable Throwable whole, long deadline) {
        if (!inFlight.compareAndSet(batch, null)) {
            // Abandoned meanwhile.
            return;
        }
        boolean reload = false;
        boolean late = false;
        boolean unknown = false;
        List<Call> again = new ArrayList<>();
        if (whole == null) {
            line.clock().heard(master); // before anybody acts on an answer and asks for what else is there
        }
        for (int i = 0; i < batch.size(); i++) {
            Call call = batch.get(i);
            CompletableFuture<List<Object>> answer = sent.answers().get(i).toCompletableFuture();
            if (answer.isDone() && !answer.isCompletedExceptionally()) {
                Reply reply = new Reply(answer.join());
                if (reply.peekStatus() == Reply.LATE) {
                    late = true;
                    again.add(call);
                } else if (whole instanceof TooFewReplicasException) {
                    lastFailure = whole;
                    unknown = true;
                    repeat(call);
                    again.add(call);
                } else {
                    finished(call);
                    answer(call, reply);
                }
                continue;
            }
            Throwable cause = answer.isDone() ? failureOf(answer) : whole == null ? lastFailure : whole;
            lastFailure = cause;
            switch (Failure.of(cause)) {
                case NO_SCRIPT -> {
                    reload = true;
                    again.add(call);
                }
                case REFUSED -> again.add(call);
                case UNKNOWN -> {
                    unknown = true;
                    repeat(call);
                    again.add(call);
                }
                case FINAL -> {
                    finished(call);
                    meter.failed(cause, 1);
                    call.failed(new StoreUnavailableException("Redis refused " + call.script, cause));
                }
            }
        }
        if (again.isEmpty()) {
            pauseMillis = SHORTEST_PAUSE_MILLIS;
            run();
            return;
        }
        meter.retried(again.size());
        if (!late) {
            meter.failed(lastFailure, again.size());
        }
        waiting.putBack(again);
        if (unknown) {
            pause(line.clock().millisUntilPassed(deadline));
        } else if (reload) {
            establish(master);
        } else if (late) {
            line.sample(master).whenComplete((nothing, failure) -> pause(0));
        } else {
            pause(0);
        }
    }

    private void repeat(Call call) {
        if (!call.repeated && call.waits) {
            call.waits = false;
            call.givenUpAtNanos = System.nanoTime() + unknownNanos;
        }
        call.repeated = true;
    }

    private static void answer(Call call, Reply reply) {
        try {
            call.answered(reply);
        } catch (RuntimeException e) {
            // One call must not take the lane down with it.
            call.failed(e);
        }
    }

    /** Goes on after at least so many milliseconds, and longer from time to time. */
    private void pause(long atLeastMillis) {
        long millis = Math.max(atLeastMillis, pauseMillis);
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        later(millis);
    }

    private void soon() {
        if (!line.clock().isSet()) {
            // The first contact blocks in Redisson, and would wait on its own thread for itself.
            later(0);
            return;
        }
        try {
            EventExecutor sender = line.sender();
            if (sender.inEventLoop()) {
                run();
            } else {
                sender.execute(this::run);
            }
        } catch (RejectedExecutionException e) {
            abandon();
        }
    }

    private void later(long millis) {
        try {
            line.executor().schedule(this::run, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Closed: nobody runs this lane any more, so the calls end here.
            abandon();
        }
    }

    private void finished(Call call) {
        waitingBytes.addAndGet(-call.bytes());
        waitingOperations.addAndGet(-call.operations());
        traffic.ended(call.slot);
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static Throwable failureOf(CompletableFuture<?> failed) {
        try {
            failed.join();
            return new IllegalStateException("has not failed");
        } catch (RuntimeException e) {
            return e;
        }
    }
}
