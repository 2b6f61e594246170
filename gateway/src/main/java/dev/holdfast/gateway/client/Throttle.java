// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.limits.TokenBucket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How fast one client may send, in messages and in bytes a second. A client that is faster is read more slowly; nothing of it
 * is lost. Work beyond that of a usual packet is counted as messages. On the connection's thread.
 */
public final class Throttle {
    /** How many steps of a search take as long as one message does. */
    private static final int STEPS_OF_A_MESSAGE = 256;

    private static final long LONGEST_DEBT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final TokenBucket messages;
    private final TokenBucket bytes;
    private int stepsOwed;

    private Throttle(TokenBucket messages, TokenBucket bytes) {
        this.messages = messages;
        this.bytes = bytes;
    }

    /** A throttle for one connection, or null if neither rate is limited. */
    static @Nullable Throttle of(LimitsConfig limits) {
        if (limits.messageRate().isOff() && limits.byteRate().isOff()) {
            return null;
        }
        long now = System.nanoTime();
        return new Throttle(new TokenBucket(limits.messageRate(), now), new TokenBucket(limits.byteRate(), now));
    }

    /** Counts a packet that has been taken; returns whether the next one has to wait. */
    public boolean exceededBy(int packetBytes, boolean isPublish) {
        long now = System.nanoTime();
        bytes.take(packetBytes, now);
        if (isPublish) {
            messages.take(1, now);
        }
        return !isOpen(now);
    }

    /** Counts work for this client as so many messages; the debt grows to 10 s of the rate at most. */
    public void counts(int asMessages) {
        messages.takeWithin(asMessages, LONGEST_DEBT_NANOS, System.nanoTime());
    }

    /** Counts steps of a search: 256 of them as one message. */
    public void owes(long steps) {
        long all = stepsOwed + steps;
        stepsOwed = (int) (all % STEPS_OF_A_MESSAGE);
        if (all >= STEPS_OF_A_MESSAGE) {
            messages.takeWithin(all / STEPS_OF_A_MESSAGE, LONGEST_DEBT_NANOS, System.nanoTime());
        }
    }

    /** Whether a further packet may be taken. */
    public boolean isOpen(long nowNanos) {
        return messages.nanosUntil(1, nowNanos) == 0 && bytes.nanosUntil(1, nowNanos) == 0;
    }
}
