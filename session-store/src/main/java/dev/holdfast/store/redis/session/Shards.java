// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.stream.IntStream;

/**
 * The sixteen places of what is kept beside the sessions, each on a slot of its own: the index, and which gateway holds
 * what. On a cluster a session's is on the master that has the session, so that the one is served whenever the other is;
 * which of them it is does not matter to who looks into all of them. Any thread.
 */
final class Shards {
    static final int COUNT = 16;

    private static final int[] SLOTS =
            IntStream.range(0, COUNT).map(i -> RedisKeys.slot(tag(i))).toArray();

    private final RedisConnection connection;

    Shards(RedisConnection connection) {
        this.connection = connection;
    }

    /** The hash tag of a shard. */
    static String tag(int shard) {
        return Integer.toString(shard);
    }

    /** The slot of a shard. */
    static int slot(int shard) {
        return SLOTS[shard];
    }

    /**
     * The shard for a session. Where its master has none of them, as may be with more than six masters, it is one
     * that lies elsewhere, and what is written there may come later than the session.
     */
    int beside(int sessionSlot) {
        int first = sessionSlot % COUNT;
        for (int i = 0; i < COUNT; i++) {
            int shard = (first + i) % COUNT;
            if (connection.areTogether(sessionSlot, SLOTS[shard])) {
                return shard;
            }
        }
        return first;
    }

    /** Whether what is written to a shard cannot be waited for. */
    boolean isAway(int shard) {
        return connection.isAway(SLOTS[shard]);
    }
}
