// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.client.protocol.RedisCommands;

/** Reads one stream by blocking reads, one at a time, on a connection of its own. */
public final class StreamReader implements AutoCloseable {
    private static final Duration BLOCK = Duration.ofSeconds(2);
    private static final Duration PATIENCE = BLOCK.plusSeconds(2);
    /** How many entries one read answers at most. */
    public static final int MOST_ENTRIES = 256;

    private final MasterLine line;
    private final String stream;

    /** A reader of a stream, by its key and its slot; not connected yet. */
    public StreamReader(RedisConnection redis, int slot, String stream) {
        line = new MasterLine(redis, slot, PATIENCE);
        this.stream = stream;
    }

    /**
     * Reads the entries behind an entry, or waits for them up to 2 s. Called only after the last read has completed.
     *
     * @return some entries in order; empty or null if none came in time
     */
    public CompletableFuture<Map<StreamMessageId, Map<byte[], byte[]>>> after(StreamMessageId last) {
        return line.ask(
                RedisCommands.XREAD_BLOCKING_SINGLE,
                "COUNT",
                MOST_ENTRIES,
                "BLOCK",
                BLOCK.toMillis(),
                "STREAMS",
                stream,
                last);
    }

    @Override
    public void close() {
        line.close();
    }
}
