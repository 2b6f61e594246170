// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.session.connection.SessionThread;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * The thread of the test as an I/O thread: what it is given runs at once, one after the other. Long work is done at once as well, or kept
 * until the test asks for its slices.
 */
public final class TestThread implements SessionThread {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Queue<BooleanSupplier> slices = new ArrayDeque<>();
    private final boolean keepsSlices;
    private boolean running;

    /** A thread that does everything at once. */
    public TestThread() {
        this(false);
    }

    private TestThread(boolean keepsSlices) {
        this.keepsSlices = keepsSlices;
    }

    /** A thread that keeps the slices of long work until {@link #slice} or {@link #untilDone}. */
    public static TestThread keepingSlices() {
        return new TestThread(true);
    }

    /** Does one slice of the long work that was begun first; answers whether there was any. */
    public boolean slice() {
        BooleanSupplier next = slices.peek();
        if (next != null && next.getAsBoolean()) {
            slices.remove(next);
        }
        return next != null;
    }

    /** Does slices of long work, in the order in which it was begun, until the future is done; answers how many it took. */
    public int untilDone(CompletableFuture<?> awaited) {
        int count = 0;
        while (!awaited.isDone()) {
            count++;
            if (slices.element().getAsBoolean()) {
                slices.remove();
            }
        }
        return count;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (!running) {
            running = true;
            for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
                next.run();
            }
            running = false;
        }
    }

    @Override
    public void atTurnEnd(Runnable task) {
        execute(task);
    }

    @Override
    public void gradually(Object owner, BooleanSupplier slice) {
        if (keepsSlices) {
            slices.add(slice);
            return;
        }
        execute(() -> {
            if (!slice.getAsBoolean()) {
                gradually(owner, slice);
            }
        });
    }

    @Override
    public boolean isCurrent() {
        return true;
    }

    @Override
    public int index() {
        return 0;
    }

    @Override
    public long nowMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
