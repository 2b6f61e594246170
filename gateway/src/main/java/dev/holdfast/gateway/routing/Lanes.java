// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.connection.SessionThread;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * The messages of one I/O thread whose distribution takes longer than one turn may last. Messages of one topic are distributed one
 * after the other [MQTT-4.6.0-6], messages of different topics in turn. Used on that thread only.
 *
 * <p>A message may have to wait for earlier messages of its topic that other clients have published. Each slice that its own
 * publisher is given continues the first of those: a client that publishes little waits little, even if the other client has
 * many messages waiting under other topics.
 */
final class Lanes {
    /** From this number of waiting messages on, each client may have only one of them under way. */
    private static final int CROWDED = 512;
    /** How many messages may wait at most: some 16 MB. */
    private static final int MOST = 65_536;

    private final SessionThread thread;
    private final Map<String, ArrayDeque<Work>> byTopic = new HashMap<>();
    private int waiting;

    Lanes(SessionThread thread) {
        this.thread = thread;
    }

    /** Whether nothing of this topic is under way, so that a further message need not wait. */
    boolean isFree(String topic) {
        return waiting == 0 || !byTopic.containsKey(topic);
    }

    /** Whether too many messages wait. Then a client may begin its next message only when its last one is distributed. */
    boolean isCrowded() {
        return waiting >= CROWDED;
    }

    /** Whether the largest allowed number of messages waits. */
    boolean isFull() {
        return waiting >= MOST;
    }

    /**
     * Begins a distribution behind all others of its topic.
     *
     * @param owner with whom it shares its turns
     * @param slice does a part, and answers whether that was the last one
     */
    void begin(String topic, Object owner, BooleanSupplier slice) {
        Work work = new Work(slice);
        byTopic.computeIfAbsent(topic, any -> new ArrayDeque<>(1)).add(work);
        waiting++;
        thread.gradually(owner, () -> {
            if (!work.isDone) {
                bringOn(topic);
            }
            return work.isDone;
        });
    }

    private void bringOn(String topic) {
        ArrayDeque<Work> lane = Objects.requireNonNull(byTopic.get(topic));
        Work first = lane.element();
        boolean isDone = true; // also if it fails: what is behind it goes on
        try {
            isDone = first.slice.getAsBoolean();
        } finally {
            if (isDone) {
                first.isDone = true;
                waiting--;
                lane.remove();
                if (lane.isEmpty()) {
                    byTopic.remove(topic);
                }
            }
        }
    }

    private static final class Work {
        final BooleanSupplier slice;
        boolean isDone;

        Work(BooleanSupplier slice) {
            this.slice = slice;
        }
    }
}
