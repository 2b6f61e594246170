// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.transport.Loop;
import java.util.function.BooleanSupplier;

/** An I/O loop as sessions see it. */
public record LoopThread(Loop loop) implements SessionThread {
    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public void atTurnEnd(Runnable task) {
        loop.atTurnEnd(task);
    }

    @Override
    public void gradually(Object owner, BooleanSupplier slice) {
        loop.gradually(owner, slice);
    }

    @Override
    public boolean isCurrent() {
        return loop.inLoop();
    }

    @Override
    public int index() {
        return loop.index();
    }

    @Override
    public long nowMillis() {
        return loop.nowMillis();
    }

    @Override
    public long nanoTime() {
        return loop.nanoTime();
    }
}
