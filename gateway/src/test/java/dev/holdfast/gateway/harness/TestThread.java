// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.session.SessionThread;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.BooleanSupplier;

/** The thread of the test as an I/O thread: what it is given runs at once, one after the other. */
public final class TestThread implements SessionThread {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean running;

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
