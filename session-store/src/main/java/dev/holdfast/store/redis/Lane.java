// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.StoreUnavailableException;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
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
final class Lane {
    private static final long SHORTEST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 250;

    /** What a lane needs of the connection. */
    interface Line {
        /** Sends calls, all for one master, as one batch. */
        Sent send(List<Call> calls, ScriptSet scripts, byte[] head);

        /** What tells masters apart. */
        Object master(int slot);

        /** What each call of a batch with such a deadline says first. */
        byte[] head(long deadlineMillis);

        RedisClock clock();

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
    record Sent(List<? extends CompletionStage<List<Object>>> answers, CompletionStage<Void> whole) {}

    private final Line line;
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

    Lane(Line line, RedisSettings settings, LaneMeter meter) {
        this.line = line;
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
        long bytes = waitingBytes.addAndGet(call.bytes());
        long operations = waitingOperations.addAndGet(call.operations());
        if (closed || (!call.first && (bytes > mostWaitingBytes || operations > mostWaiting))) {
            finished(call);
            call.failed(
                    closed
                            ? new IllegalStateException("the store is closed")
                            : new StoreBusyException(operations + " operations, " + bytes + " bytes wait for Redis"));
            return;
        }
        call.submittedAtNanos = System.nanoTime();
        call.givenUpAtNanos = call.submittedAtNanos + retryNanos;
        arrived.add(call);
        if (running.compareAndSet(false, true)) {
            soon();
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
                    establish();
                    return;
                }
                send(waiting.nextBatch(master, line::master), scripts);
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
            }
        }
    }

    /** Has the masters looked at before anything more is sent to them. */
    private void establish() {
        line.servers().establish().whenComplete((nothing, failure) -> {
            if (failure != null) {
                lastFailure = failure;
                meter.failed(failure, 0);
                pause(0);
            } else if (waiting.isEmpty() || line.servers().scripts(line.master(waiting.nextSlot())) != null) {
                run();
            } else {
                pause(0); // nobody serves that slot
            }
        });
    }

    private void dropGivenUp() {
        if (!closed && pauseMillis == SHORTEST_PAUSE_MILLIS) {
            return; // Redis answers
        }
        for (Call call : waiting.giveUp(closed, System.nanoTime())) {
            finished(call);
            call.failed(new StoreUnavailableException(
                    "no answer from Redis to " + call.script + (call.repeated ? ", outcome unknown" : ", not sent"),
                    lastFailure));
        }
    }

    private void send(List<Call> batch, ScriptSet scripts) {
        long deadline = line.clock().deadlineMillis(timeoutMillis);
        inFlight.set(batch);
        Sent sent;
        try {
            sent = line.send(batch, scripts, line.head(deadline));
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
            completed(batch, underWay, cause(failure), deadline);
        });
    }

    private void completed(List<Call> batch, Sent sent, @Nullable Throwable whole, long deadline) {
        if (!inFlight.compareAndSet(batch, null)) {
            // Abandoned meanwhile.
            return;
        }
        boolean reload = false;
        boolean late = false;
        boolean unknown = false;
        List<Call> again = new ArrayList<>();
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
            establish();
        } else if (late) {
            line.clock().refresh().whenComplete((nothing, failure) -> pause(0));
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
