// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.SessionThread;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * The messages of one thread whose distribution takes longer than a turn may last. Those of one topic go one after the other
 * [MQTT-4.6.0-6], those of different topics by turns. Of the thread only.
 *
 * <p>A message may have to wait for others of its topic that somebody else has published. Each turn of its own publisher
 * brings those on: who publishes little waits little, however much the other one has waiting elsewhere.
 */
final class Lanes {
    /** From so many on no client has more than one of them begun. */
    private static final int CROWDED = 512;
    /** Some 16 MB of messages. */
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

    /** Whether so much waits that clients are to begin nothing that they do not wait for. */
    boolean isCrowded() {
        return waiting >= CROWDED;
    }

    /** Whether as much waits as may. */
    boolean isFull() {
        return waiting >= MOST;
    }

    /**
     * Begins something behind all else of its topic.
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
