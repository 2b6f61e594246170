// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.limits.TokenBucket;
import org.jspecify.annotations.Nullable;

/** How fast one client may send; beyond it the connection is read more slowly, and nothing is lost. */
final class Throttle {
    private final @Nullable TokenBucket messages;
    private final @Nullable TokenBucket bytes;

    private Throttle(@Nullable TokenBucket messages, @Nullable TokenBucket bytes) {
        this.messages = messages;
        this.bytes = bytes;
    }

    /** A throttle for one connection, or null if neither rate is limited. */
    static @Nullable Throttle of(LimitsConfig limits) {
        TokenBucket messages = TokenBucket.of(limits.messageRate());
        TokenBucket bytes = TokenBucket.of(limits.byteRate());
        return messages == null && bytes == null ? null : new Throttle(messages, bytes);
    }
}
