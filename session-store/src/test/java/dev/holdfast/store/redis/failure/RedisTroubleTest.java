// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.redisson.client.RedisException;
import org.redisson.client.RedisTimeoutException;

/** What an operator reads in the log and at {@code /readyz} when Redis fails. */
final class RedisTroubleTest {
    private static final String AROUND = "Unexpected exception while processing command";

    private static RedisTrouble trouble(Throwable cause) {
        return RedisTrouble.of(new CompletionException(new RedisException(AROUND, cause)));
    }

    /**
     * A Redis that was killed was told as "says Unexpected exception while processing command", of kind {@code other}: Redisson
     * has a plain exception around whatever has ended a connection, as it has for a reply.
     */
    @Test
    void aConnectionThatHasEndedIsNoReply() {
        assertThat(trouble(new IOException("Connection reset by peer"))).isEqualTo(RedisTrouble.GONE);
        assertThat(trouble(new CompletionException(new IOException("Broken pipe"))))
                .isEqualTo(RedisTrouble.GONE);
        assertThat(trouble(new RedisTimeoutException("no answer")).kind()).isEqualTo("timeout");
    }

    @Test
    void aReplyIsToldByWhatItSays() {
        assertThat(RedisTrouble.of(new RedisException(
                                "MISCONF Redis is configured to save. channel: [id: 0x1] command: (SET)"))
                        .kind())
                .isEqualTo("misconf");
        assertThat(trouble(new RedisException("READONLY You can't write against a read only replica."))
                        .kind())
                .isEqualTo("readonly");
    }
}
