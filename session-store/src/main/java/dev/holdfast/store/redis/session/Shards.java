// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.stream.IntStream;

/**
 * The sixteen shards of what is kept beside the sessions (the index, and the sets of the gateways), each on a slot of its own.
 * On a cluster a session uses a shard on its own master, so that both are served or neither. Readers look into all shards, so
 * it does not matter which one a session uses. Any thread.
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
     * The shard for a session. If its master has no shard, which is possible with more than six masters, the shard is on
     * another master, and what is written there may come later than the session.
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

    /** Whether the part of a cluster with a shard is away, so that nobody can wait for a write to it. */
    boolean isAway(int shard) {
        return connection.isAway(SLOTS[shard]);
    }
}
