// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Does things at a rate. Each has a moment at which it is to happen, whatever has become of those before: if something holds
 * it up it is late, and its time counts from that moment all the same. So a gateway that stands still for a second is
 * seen by all that came in that second, and not by one (coordinated omission). One thread.
 */
final class SendPace {
    private static final double NANOS_PER_SECOND = 1e9;

    private final double perSecond;

    SendPace(double perSecond) {
        this.perSecond = perSecond;
    }

    /** One thing. */
    @FunctionalInterface
    interface Step {
        /**
         * Begins it; does not wait for its end.
         *
         * @param number from 0
         * @param intendedNanos when it was to happen, as {@link System#nanoTime} tells
         */
        void run(long number, long intendedNanos) throws InterruptedException;
    }

    /**
     * Does a number of things.
     *
     * @param goesOn asked before each
     * @return how many
     */
    long run(long count, BooleanSupplier goesOn, Step step) throws InterruptedException {
        long begin = System.nanoTime();
        for (long i = 0; i < count; i++) {
            long intended = begin + (long) (i * NANOS_PER_SECOND / perSecond);
            for (long left = intended - System.nanoTime(); left > 0; left = intended - System.nanoTime()) {
                LockSupport.parkNanos(left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            if (!goesOn.getAsBoolean()) {
                return i;
            }
            step.run(i, intended);
        }
        return count;
    }
}
