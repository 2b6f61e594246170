// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import java.io.Serial;
import org.redisson.client.RedisConnectionException;

/** The failure of a batch that was not sent, since there was no connection. Redis has executed nothing. */
public final class NotSentException extends RedisConnectionException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Nothing was sent, for this reason. */
    public NotSentException(Throwable cause) {
        super("not sent", cause);
    }
}
