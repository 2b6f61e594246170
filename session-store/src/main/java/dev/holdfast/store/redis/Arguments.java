// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.QueueLimits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/** Values as the scripts of sessions take them. */
final class Arguments {
    static final byte[] NOTHING = {};
    private static final byte[] YES = {'1'};
    private static final byte[] NO = {'0'};

    private Arguments() {}

    static byte[] flag(boolean is) {
        return is ? YES : NO;
    }

    static byte[] ascii(long number) {
        return RedisClock.bytes(number);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] limits(QueueLimits limits) {
        return ByteBuffer.allocate(17)
                .putInt(limits.maxMessages())
                .putLong(Math.min(limits.maxBytes(), 1L << 52))
                .put((byte) (limits.whenFull() == QueueLimits.DropPolicy.DROP_NEWEST ? 1 : 0))
                .putInt(limits.inflight())
                .array();
    }

    static byte[] nonce() {
        return ByteBuffer.allocate(8)
                .putLong(ThreadLocalRandom.current().nextLong())
                .array();
    }
}
