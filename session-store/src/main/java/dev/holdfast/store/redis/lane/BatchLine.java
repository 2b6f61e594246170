// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.server.RedisClock;
import dev.holdfast.store.redis.server.Servers;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;

/** What a lane needs of the connection to Redis: a sender of batches, masters, clocks and threads. Any thread. */
public interface BatchLine {
    /** A sender for a lane that is new. */
    BatchSender newSender();

    /** The master that serves a slot, as an object that is equal for the same master only. */
    Object master(int slot);

    /** The head ({@code CallHead}) of each call of a batch with this deadline. */
    byte[] head(Object master, long deadlineMillis);

    /** The part of the slots that one master serves; it stays the same when another server takes over. Never blocks. */
    Object part(int slot);

    /** Whether the part of a slot has been away for some seconds, while another part answers. */
    boolean isAway(int slot);

    /** The clock of the masters. */
    RedisClock clock();

    /** Asks a master for its time. */
    CompletionStage<Void> sample(Object master);

    /** The Redis processes behind the masters, and their scripts. */
    Servers servers();

    /** Runs a lane after a delay. */
    ScheduledExecutorService executor();
}
