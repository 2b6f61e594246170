// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.limits.TokenBucket;
import org.jspecify.annotations.Nullable;

/** How fast one client may send; beyond it the connection is read more slowly, and nothing is lost. */
final class Throttle {
    private final TokenBucket messages;
    private final TokenBucket bytes;

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

    /** Counts a packet that has been taken; says whether the next one has to wait. */
    boolean exceededBy(int packetBytes, boolean isPublish) {
        long now = System.nanoTime();
        bytes.take(packetBytes, now);
        if (isPublish) {
            messages.take(1, now);
        }
        return !isOpen(now);
    }

    /** Whether a further packet may be taken. */
    boolean isOpen(long nowNanos) {
        return messages.nanosUntil(1, nowNanos) == 0 && bytes.nanosUntil(1, nowNanos) == 0;
    }
}
