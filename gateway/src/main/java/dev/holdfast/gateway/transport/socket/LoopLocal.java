// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The name of an object that every {@link IoLoop} has one of: a buffer, an encoder, a pool. Made on the loop, when it
 * is first asked for. Meant for static finals: each instance takes a place in every loop for good.
 *
 * @param <T> what there is one of
 */
public final class LoopLocal<T> {

    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int slot = NEXT.getAndIncrement();
    private final Function<? super IoLoop, ? extends T> factory;

    /** A key whose values the factory makes, on the loop that asks. */
    public LoopLocal(Function<? super IoLoop, ? extends T> factory) {
        this.factory = factory;
    }

    int slot() {
        return slot;
    }

    T make(IoLoop loop) {
        return factory.apply(loop);
    }
}
