// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The last retained message of each topic (MQTT 5.0 section 3.3.1.3). Matching filters against topics is the
 * gateway's business: it keeps an index of the topic names, fed by {@link #topics} and the listener.
 */
public interface RetainedStore extends AutoCloseable {

    /**
     * Replaces the retained message of the message's topic.
     *
     * @return whether it was kept; false when the number or the bytes of retained messages have reached their limit
     */
    CompletionStage<Boolean> retain(Message message);

    /**
     * Removes the retained message of a topic, if there is one [MQTT-3.3.1-6].
     *
     * @param arrivedAtMillis when the empty message that asks for it came: what a store that is told late has got since
     *     then from another gateway stays
     */
    CompletionStage<Void> clear(String topic, long arrivedAtMillis);

    /**
     * The retained messages of these topics; topics that have none, or an expired one, are left out, and those whose part of
     * the store is away.
     */
    CompletionStage<List<Message>> find(List<String> topics);

    /**
     * The topics that have a retained message, for a gateway that starts; pages by cursor, the first call passes the
     * empty string.
     */
    CompletionStage<TopicPage> topics(String cursor, int atMost);

    /** Whether the part of the store that has a topic is away, where it has parts and others are there. */
    default boolean isAway(String topic) {
        return false;
    }

    /** Tells a listener of every topic that gains or loses its retained message, on any thread, from now on. */
    void onChange(Listener listener);

    /** Gives up what the store holds of this process. */
    @Override
    void close();

    /**
     * One page of topic names.
     *
     * @param topics the names
     * @param nextCursor where to go on, or null at the end
     */
    record TopicPage(List<String> topics, @Nullable String nextCursor) {}

    /** Hears which topics have a retained message. Called on any thread; returns at once. */
    interface Listener {
        /** The topic has a retained message now. */
        void retained(String topic);

        /** The topic has none any more. */
        void cleared(String topic);
    }
}
