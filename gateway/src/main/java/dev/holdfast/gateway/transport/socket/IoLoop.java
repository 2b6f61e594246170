// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Loop;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.XnioIoThread;

/**
 * One I/O thread: the home of its connections and of everything that belongs to them.
 *
 * <p>A turn: XNIO runs the handlers of all ready sockets, then one task of ours that empties the mailbox and after it
 * runs what was left for the end of the turn (the flushes), so that all a connection was given in a turn leaves in one
 * write. Any number of {@link #execute} calls while that task is pending cost one wake-up.
 *
 * <p>Fairness: XNIO runs tasks until there are none before it looks at the sockets again. A mailbox that never runs
 * dry therefore stops after {@value #TURN_MILLIS} ms and goes on a millisecond later, with the sockets in between. What
 * one client causes and would take long is done {@link #gradually}.
 */
public final class IoLoop implements Loop {

    private static final Logger LOG = LoggerFactory.getLogger(IoLoop.class);
    private static final long TURN_MILLIS = 10;
    /** For how long sockets of strangers that are ready together are read before a turn. */
    private static final long STRANGERS_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final int TASKS_BETWEEN_CLOCK_LOOKS = 64;

    private final XnioIoThread thread;
    private final int index;
    private final TransportSettings settings;
    private final MpscUnboundedAtomicArrayQueue<Runnable> mailbox = new MpscUnboundedAtomicArrayQueue<>(1024);
    private final AtomicBoolean turnDue = new AtomicBoolean();
    private final Runnable turn = this::turn;

    // Of this thread only.
    private final long startNanos = System.nanoTime();
    private final WireRing wires;
    private final Stranger.Strangers strangers;
    private final HeldInput unfinished = new HeldInput();
    private final LongWork longWork;
    private ArrayList<Runnable> flushes = new ArrayList<>();
    private ArrayList<Runnable> flushing = new ArrayList<>();
    private @Nullable Object[] locals = new Object[16];

    private final TransportObserver observer;
    private final long sliceMillis;
    private long sweepDueMillis;
    private boolean areStrangersRead;
    private long strangersBeganNanos;
    private long elapsedMillis;
    private long wallOffset = System.currentTimeMillis();

    /** The loop of an XNIO thread; there is to be one per thread. */
    public IoLoop(XnioIoThread thread, TransportSettings settings) {
        this(thread, settings, TransportObserver.NONE);
    }

    /** The loop of an XNIO thread, whose lag is told; there is to be one per thread. */
    public IoLoop(XnioIoThread thread, TransportSettings settings, TransportObserver observer) {
        this.observer = observer;
        this.thread = thread;
        this.index = thread.getNumber();
        this.settings = settings;
        this.wires = new WireRing();
        this.longWork = new LongWork(this, thread);
        this.strangers = new Stranger.Strangers(this, settings, observer);
        Duration slice = settings.sweepPeriod().dividedBy(WireRing.SLICES);
        this.sliceMillis = Math.max(1, slice.toMillis());
        this.sweepDueMillis = sliceMillis;
        every(slice, this::sweep);
    }

    /**
     * Completes on this loop as soon as it comes to it. From any thread.
     *
     * @return how long that took; never completes when the loop stands still
     */
    public CompletableFuture<Duration> answer() {
        CompletableFuture<Duration> answer = new CompletableFuture<>();
        long asked = System.nanoTime();
        execute(() -> answer.complete(Duration.ofNanos(System.nanoTime() - asked)));
        return answer;
    }

    /**
     * Runs a task on this loop, after those that came before it. From any thread. On the loop itself it runs later in
     * this turn, never inline. A task that throws is logged, and the next one runs.
     */
    @Override
    public void execute(Runnable task) {
        mailbox.offer(task);
        requestTurn();
    }

    /** Whether the caller is on this loop's thread. */
    @Override
    public boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    /** The loop's number, from 0 up. */
    @Override
    public int index() {
        return index;
    }

    /** Runs a task once, after the handlers and the mailbox of this turn. On the loop. */
    @Override
    public void atTurnEnd(Runnable flush) {
        assert inLoop();
        flushes.add(flush);
        requestTurn();
    }

    /** Has what was written to a wire leave when the turn ends; what a slice of long work has written, in its turn. */
    void flushSoon(Runnable flush) {
        if (longWork.isInSlice()) {
            longWork.flushInTurn(flush);
        } else {
            atTurnEnd(flush);
        }
    }

    /**
     * Does something that takes longer than a turn may last: a slice now and then, the sockets in between, and what others
     * wait for in turn with it. On the loop.
     *
     * @param owner for whom it is done; equal owners share their turns
     * @param slice does a part that takes some 0.1 ms, and answers whether that was the last one
     */
    @Override
    public void gradually(Object owner, BooleanSupplier slice) {
        assert inLoop();
        longWork.add(owner, slice);
    }

    /** This loop's own object for the key, made at the first call. On the loop. */
    @SuppressWarnings("unchecked") // a slot only ever holds what its own key's factory made
    public <T> T local(LoopLocal<T> key) {
        assert inLoop();
        int slot = key.slot();
        if (slot >= locals.length) {
            locals = Arrays.copyOf(locals, Math.max(slot + 1, locals.length * 2));
        }
        Object value = locals[slot];
        if (value == null) {
            value = key.make(this);
            locals[slot] = value;
        }
        return (T) value;
    }

    /** Runs a task on this loop again and again, coarsely. From any thread; ends with the loop. */
    @Override
    public void every(Duration period, Runnable task) {
        long millis = Math.max(1, period.toMillis());
        Runnable round = new Runnable() {
            @Override
            public void run() {
                refreshClock();
                Guard.run(task);
                after(millis, this);
            }
        };
        after(millis, round);
    }

    /** Runs a task on this loop once, after a while, coarsely. From any thread; not if the loop ends before. */
    @Override
    public void after(Duration delay, Runnable task) {
        after(Math.max(1, delay.toMillis()), () -> {
            refreshClock();
            Guard.run(task);
        });
    }

    /** The wall clock in milliseconds, as of this turn; free of charge. On the loop. */
    @Override
    public long nowMillis() {
        return wallOffset + elapsedMillis;
    }

    /** Milliseconds since the loop began, as of this turn; never goes back. On the loop. */
    @Override
    public long elapsedMillis() {
        return elapsedMillis;
    }

    /** The clock of the JVM. From any thread. */
    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    /** How many wires live on this loop. On the loop. */
    public int wireCount() {
        return wires.size();
    }

    /** Closes every wire of this loop. On the loop. */
    public void closeAll(CloseCode code) {
        wires.forEach(wire -> wire.close(code));
    }

    /** Aborts every wire of this loop, which is about to end. On the loop. */
    public void abortAll() {
        wires.forEach(SocketWire::shutDown);
        longWork.close();
    }

    TransportSettings settings() {
        return settings;
    }

    /** The connections of this loop that have not sent a whole first packet. */
    Stranger.Strangers strangers() {
        return strangers;
    }

    /** Whether more strangers are here than there is room for, though each has had its time. On the loop. */
    public boolean hasTooManyStrangers() {
        refreshClock();
        return strangers.areTooMany();
    }

    /** Closes the oldest strangers, at most this many, as far as they have had the time that a client needs. On the loop. */
    public void dropOldestStrangers(int most) {
        refreshClock();
        strangers.dropOldest(most);
    }

    /** What the connections of this loop keep of packets that are not whole, the first ones aside. */
    HeldInput unfinished() {
        return unfinished;
    }

    WireRing wires() {
        return wires;
    }

    /** Reads the clock; at the entry of every handler that XNIO calls. */
    void refreshClock() {
        elapsedMillis = (System.nanoTime() - startNanos) / 1_000_000;
    }

    /**
     * Whether sockets of strangers that are ready together have been read for so long that the others of them wait for their turn
     * as long work does. XNIO calls the handlers of all that are ready before it runs a task: thousands that have come
     * together would be read before anything that has been read goes on its way.
     */
    boolean haveStrangersHadTheirPart() {
        long now = System.nanoTime();
        if (!areStrangersRead) {
            areStrangersRead = true;
            strangersBeganNanos = now;
            requestTurn(); // which ends it
        }
        return now - strangersBeganNanos > STRANGERS_NANOS;
    }

    private void requestTurn() {
        if (!turnDue.get() && turnDue.compareAndSet(false, true)) {
            try {
                thread.execute(turn);
            } catch (RejectedExecutionException stopped) {
                LOG.debug("I/O thread {} has stopped, a task is lost", index);
            }
        }
    }

    private void after(long millis, Runnable task) {
        try {
            thread.executeAfter(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopped) {
            LOG.debug("I/O thread {} has stopped", index);
        }
    }

    private void turn() {
        refreshClock();
        areStrangersRead = false;
        long start = System.nanoTime();
        int ran = 0;
        while (true) {
            Runnable task = mailbox.poll();
            if (task != null) {
                Guard.run(task);
                ran++;
            } else if (!flushes.isEmpty()) {
                ran += flush();
            } else {
                break;
            }
            if (ran >= TASKS_BETWEEN_CLOCK_LOOKS) {
                ran = 0;
                if (System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(TURN_MILLIS)) {
                    flush();
                    after(1, turn);
                    return;
                }
            }
        }
        turnDue.set(false);
        if (!mailbox.isEmpty()) {
            requestTurn();
        }
    }

    /** One round: what a flush adds waits for the next, so that a loop that feeds itself stays bounded by time. */
    private int flush() {
        ArrayList<Runnable> round = flushes;
        flushes = flushing;
        flushing = round;
        for (Runnable flush : round) {
            Guard.run(flush);
        }
        int count = round.size();
        round.clear();
        return count;
    }

    private void sweep() {
        observer.lag(Math.max(0, elapsedMillis - sweepDueMillis));
        sweepDueMillis = elapsedMillis + sliceMillis;
        if (wires.nextSlice() == 0) {
            // Follow what an administrator or NTP did to the wall clock.
            wallOffset = System.currentTimeMillis() - elapsedMillis;
        }
        wires.sweepSlice(elapsedMillis);
    }

    @Override
    public String toString() {
        return "IoLoop[" + index + "]";
    }
}
