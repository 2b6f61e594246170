// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import java.io.IOException;

/** A server has sent something that is no answer of a Redis server. */
public final class NoRedisException extends IOException {
    private static final long serialVersionUID = 1L;

    /** An exception without details: the answer may be anything. */
    public NoRedisException() {
        super("not an answer of a Redis server");
    }
}
