// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import dev.holdfast.gateway.transport.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An I/O thread that the test turns by hand, on the test's own thread: nothing runs between two turns. A fault in a task
 * fails the test.
 */
public final class HandTurnedLoop implements Loop {
    /** The loop whose turn it is, of all loops of one gateway. */
    static final class Baton {
        private @Nullable HandTurnedLoop holder;
    }

    /** What is to be done at a time. */
    private record Timer(Duration due, long number, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            int byTime = due.compareTo(other.due);
            return byTime == 0 ? Long.compare(number, other.number) : byTime;
        }
    }

    /** What is done by slices. */
    private record Work(Object owner, BooleanSupplier slice) {}

    private final Baton baton;
    private final int index;
    private final HandMovedClock clock;
    /** Also what other threads bring: the JDK's own timers of futures. */
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();

    private final ArrayDeque<Work> gradual = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final List<FakeWire> wires = new ArrayList<>();
    private List<Runnable> turnEnd = new ArrayList<>();
    private long timerCount;
    private Duration perLook = Duration.ZERO;
    private final List<Runnable> afterEachTurn = new ArrayList<>();

    HandTurnedLoop(Baton baton, int index, HandMovedClock clock) {
        this.baton = baton;
        this.index = index;
        this.clock = clock;
    }

    /** A loop alone, for what needs no gateway. */
    public static HandTurnedLoop alone(HandMovedClock clock) {
        return new HandTurnedLoop(new Baton(), 0, clock);
    }

    /** Has each look at {@link #nanoTime} take so long: what is measured in a turn takes time. */
    public void eachLookTakes(Duration time) {
        perLook = time;
    }

    /** Has something look at what each turn has done, from the next one on. */
    public void afterEachTurn(Runnable look) {
        afterEachTurn.add(look);
    }

    /** Has the clock ask about the silence of a connection once a second. */
    void sweeps(FakeWire wire) {
        if (wires.isEmpty()) {
            every(Duration.ofSeconds(1), () -> List.copyOf(wires).forEach(FakeWire::tick));
        }
        wires.add(wire);
    }

    /** Runs a task as this loop, now. */
    public void inTurn(Runnable task) {
        HandTurnedLoop before = baton.holder;
        baton.holder = this;
        try {
            task.run();
        } finally {
            baton.holder = before;
        }
    }

    /** One turn: the tasks that wait, what they have left for its end, then one slice of long work; whether there was any. */
    public boolean turn() {
        boolean[] any = {false};
        inTurn(() -> {
            while (!mailbox.isEmpty() || !turnEnd.isEmpty()) {
                any[0] = true;
                for (Runnable task = mailbox.poll(); task != null; task = mailbox.poll()) {
                    task.run();
                }
                List<Runnable> round = turnEnd;
                turnEnd = new ArrayList<>();
                round.forEach(Runnable::run);
            }
            Work work = gradual.poll();
            if (work != null) {
                any[0] = true;
                if (!work.slice().getAsBoolean()) {
                    gradual.add(work);
                }
            }
        });
        afterEachTurn.forEach(Runnable::run);
        return any[0];
    }

    /** Turns until nothing is left to do at this time. */
    public void settle() {
        while (turn()) {
            // the turn does the work
        }
    }

    /** When the next timer is due, or null if there is none. */
    @Nullable
    Duration nextDue() {
        Timer next = timers.peek();
        return next == null ? null : next.due();
    }

    /** Has everything run that is due by now; whether there was any. */
    boolean runDue() {
        boolean any = false;
        for (Timer next = timers.peek();
                next != null && next.due().compareTo(clock.elapsed()) <= 0;
                next = timers.peek()) {
            timers.remove();
            inTurn(next.task());
            any = true;
        }
        return any;
    }

    @Override
    public void execute(Runnable task) {
        mailbox.add(task);
    }

    @Override
    public boolean inLoop() {
        return baton.holder == this;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public void atTurnEnd(Runnable task) {
        turnEnd.add(task);
    }

    @Override
    public void gradually(Object owner, BooleanSupplier slice) {
        gradual.add(new Work(owner, slice));
    }

    @Override
    public void every(Duration period, Runnable task) {
        after(period, new Runnable() {
            @Override
            public void run() {
                task.run();
                after(period, this);
            }
        });
    }

    @Override
    public void after(Duration delay, Runnable task) {
        timers.add(new Timer(clock.elapsed().plus(delay), timerCount++, task));
    }

    @Override
    public long nowMillis() {
        return clock.millis();
    }

    @Override
    public long elapsedMillis() {
        return clock.elapsed().toMillis();
    }

    @Override
    public long nanoTime() {
        clock.move(perLook);
        return clock.elapsed().toNanos();
    }
}
