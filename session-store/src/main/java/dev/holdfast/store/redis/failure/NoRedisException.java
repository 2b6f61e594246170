// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import java.io.IOException;

/** Something that is no answer of a Redis server. */
public final class NoRedisException extends IOException {
    private static final long serialVersionUID = 1L;
    /** The first byte. */
    final int first;

    public NoRedisException(int first) {
        super("not an answer of a Redis server");
        this.first = first;
    }
}
