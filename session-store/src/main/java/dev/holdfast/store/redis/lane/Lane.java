// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.PartAwayException;
import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.StoreUnavailableException;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.failure.NotSentException;
import dev.holdfast.store.redis.failure.TooFewReplicasException;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.ScriptSet;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One ordered writer (group commit): one batch is in flight, and calls that arrive meanwhile go into the next batch.
 *
 * <p>Any thread submits, without a lock. All else is done by the thread that holds {@code running}. That is mostly a thread
 * of Redisson: the one that sends, or the one that brings the answer of a batch.
 *
 * <p>A call whose outcome is unknown may still stand in the buffer of a socket, and a Redis that had stopped may execute it
 * after its repetition. Therefore each call carries a deadline in Redis' time, and is repeated only when that deadline has
 * passed at every master: then the script refuses the late first sending. Until then the lane sends nothing newer.
 */
final class Lane {
    private static final long SHORTEST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 250;

    private final BatchLine line;
    private final BatchSender sender;
    private final Object part;
    private final SlotMoves moves;
    private final LaneMeter meter;
    private final long timeoutMillis;
    private final long retryNanos;
    private final long unknownNanos;

    private final ConcurrentLinkedQueue<Call> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final LaneBacklog backlog;
    private final AtomicReference<@Nullable List<Call>> inFlight = new AtomicReference<>();
    private volatile boolean closed;

    // of the thread that runs the lane
    private final LaneQueue waiting = new LaneQueue();
    private long pauseMillis = SHORTEST_PAUSE_MILLIS;
    private Throwable lastFailure = new IllegalStateException("never sent");

    /**
     * A lane without calls.
     *
     * @param part the part of the slots whose calls it sends
     */
    Lane(BatchLine line, Object part, RedisSettings settings, LaneMeter meter, SlotMoves moves) {
        this.line = line;
        sender = line.newSender();
        this.part = part;
        this.moves = moves;
        this.meter = meter;
        timeoutMillis = settings.responseTimeout().toMillis()
                + settings.durability().timeout().toMillis();
        retryNanos = settings.retryFor().toNanos();
        // Redis recognizes a repetition for as long as it remembers the ids of messages.
        unknownNanos = settings.dedupeWindow().toNanos() / 2;
        backlog = new LaneBacklog(settings);
    }

    void submit(Call call) {
        if (take(call)) {
            wake();
        } else {
            refuse(call);
        }
    }

    /** Takes a call in; the caller goes on with {@link #wake} after true, with {@link #refuse} after false. */
    boolean take(Call call) {
        boolean hasRoom = backlog.add(call);
        if (closed || (!hasRoom && !call.first) || (call.dispensable && line.isAway(call.slot))) {
            return false;
        }
        call.submittedAtNanos = System.nanoTime();
        call.givenUpAtNanos = call.submittedAtNanos + retryNanos;
        arrived.add(call);
        return true;
    }

    /** Has the calls that were taken in sent soon. */
    void wake() {
        if (running.compareAndSet(false, true)) {
            soon();
        }
    }

    /** Fails a call that was not taken in. */
    void refuse(Call call) {
        StoreBusyException busy = backlog.busy();
        finished(call);
        if (closed) {
            call.failed(new IllegalStateException("the store is closed"));
        } else if (call.dispensable && line.isAway(call.slot)) {
            call.failed(away(call));
        } else {
            call.failed(busy);
        }
    }

    private PartAwayException away(Call call) {
        return new PartAwayException("a part of Redis is away, " + call.script + " is not waited for", lastFailure);
    }

    /**
     * Hands all calls on a slot to another lane, those included that have arrived and have not been taken in. On the thread
     * that runs this lane, while nobody submits to the slot.
     */
    void handOver(int slot, Lane to) {
        takeIn();
        for (Call call : waiting.remove(call -> call.slot == slot)) {
            backlog.remove(call);
            to.backlog.add(call);
            // The calls are in order already: none has to go before the others any more.
            call.first = false;
            to.arrived.add(call);
        }
    }

    /** Whether there is more than half of what may wait. */
    boolean isBehind() {
        return backlog.isHalfFull();
    }

    /** How many operations wait or are under way. */
    long waiting() {
        return backlog.operations();
    }

    /** Fails the calls that wait; the batch in flight still gets its answer. */
    void close() {
        closed = true;
        if (running.compareAndSet(false, true)) {
            soon();
        }
    }

    /** Fails all calls that are left, after the last thread that could run this lane has ended. */
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
                backlog.joined();
                moves.ended(call.slot);
            }
        }
    }

    /**
     * Hands over calls that another master serves now. While this lane gets on, it looks at the next call only; otherwise at
     * all of them.
     */
    private void handOverAstray() {
        while (moves != SlotMoves.NONE && !waiting.isEmpty()) {
            boolean getsOn = pauseMillis == SHORTEST_PAUSE_MILLIS;
            if (getsOn && line.part(waiting.nextSlot()).equals(part)) {
                return;
            }
            Set<Integer> slots = waiting.slots(slot -> !line.part(slot).equals(part));
            if (slots.isEmpty()) {
                return;
            }
            moves.astray(this, slots);
        }
    }

    /** Has {@link BatchLine#servers} look at a master before anything more is sent to it. */
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
        BatchSender.Sent sent;
        try {
            sent = sender.send(master, batch, scripts, line.head(master, deadline));
        } catch (RuntimeException e) {
            // Redisson has refused the batch. Most likely no call has been sent, but nobody knows.
            List<CompletableFuture<List<Object>>> none = new ArrayList<>();
            batch.forEach(call -> none.add(CompletableFuture.failedFuture(e)));
            sent = new BatchSender.Sent(none, CompletableFuture.failedFuture(e));
        }
        BatchSender.Sent underWay = sent;
        long sentAt = System.nanoTime();
        underWay.whole().whenComplete((nothing, failure) -> {
            Throwable cause = failure == null ? null : Failure.unwrapped(failure);
            if (!(cause instanceof NotSentException)) {
                meter.batch(batch.size(), System.nanoTime() - sentAt);
            }
            completed(batch, master, underWay, cause, deadline);
        });
    }

    private void completed(
            List<Call> batch, Object master, BatchSender.Sent sent, @Nullable Throwable whole, long deadline) {
        if (!inFlight.compareAndSet(batch, null)) {
            return; // abandoned meanwhile
        }
        boolean reload = false;
        boolean late = false;
        boolean unknown = false;
        @Nullable Throwable refusal = null;
        List<Call> again = new ArrayList<>();
        if (whole == null) {
            line.clock().heard(master); // before a caller acts on its answer and asks whether the master is away
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
                    refusal = whole;
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
                    refusal = cause;
                    again.add(call);
                }
                case REFUSED -> {
                    refusal = cause;
                    again.add(call);
                }
                case ELSEWHERE -> again.add(call);
                case UNKNOWN -> {
                    unknown = true;
                    refusal = cause;
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
        if (refusal != null) {
            meter.failed(refusal, again.size());
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
            // The error of one call must not stop the lane.
            call.failed(e);
        }
    }

    /** Goes on after a pause of at least so many milliseconds; each pause is longer than the one before, up to a bound. */
    private void pause(long atLeastMillis) {
        long millis = Math.max(atLeastMillis, pauseMillis);
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        later(millis);
    }

    private void soon() {
        if (!line.clock().isSet()) {
            // The first contact blocks in Redisson: on a thread of Redisson it would wait for itself.
            later(0);
            return;
        }
        try {
            EventExecutor thread = sender.thread();
            if (thread.inEventLoop()) {
                run();
            } else {
                thread.execute(this::run);
            }
        } catch (RejectedExecutionException e) {
            abandon();
        }
    }

    private void later(long millis) {
        try {
            line.executor().schedule(this::run, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The connection is closed and nobody runs this lane any more: its calls end here.
            abandon();
        }
    }

    private void finished(Call call) {
        backlog.remove(call);
        moves.ended(call.slot);
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
