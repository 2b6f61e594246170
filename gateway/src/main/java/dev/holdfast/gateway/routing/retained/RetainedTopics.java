// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.topic.TopicSearch;
import java.util.ArrayDeque;
import java.util.function.Predicate;

/** The topics whose retained messages one subscription is to be sent, found some at a time. On the session's thread. */
sealed interface RetainedTopics {

    /** Whether all have been found. */
    boolean isDone();

    /**
     * Hands further topics to the visitor until it answers false, or so many steps have been taken.
     *
     * @return steps that have been taken without finding anything, some 10 to 60 ns each
     */
    int advance(int mostSteps, Predicate<String> visitor);

    /**
     * All that match a filter, as far as one SUBSCRIBE may bring them.
     *
     * @param allowance shared by the filters of the SUBSCRIBE
     */
    record OfFilter(TopicSearch search, RetainedAllowance allowance) implements RetainedTopics {
        /** The steps that it usually takes to find a topic. */
        private static final int STEPS_OF_A_TOPIC = 4;

        @Override
        public boolean isDone() {
            return search.isDone() || allowance.isExceeded();
        }

        @Override
        public int advance(int mostSteps, Predicate<String> visitor) {
            int[] found = {0};
            int steps = search.advance(mostSteps, topic -> {
                if (!allowance.take()) {
                    return false;
                }
                found[0]++;
                return visitor.test(topic);
            });
            return Math.max(0, steps - STEPS_OF_A_TOPIC * found[0]);
        }
    }

    /** Some that are known already. */
    record Named(ArrayDeque<String> topics) implements RetainedTopics {
        @Override
        public boolean isDone() {
            return topics.isEmpty();
        }

        @Override
        public int advance(int mostSteps, Predicate<String> visitor) {
            boolean isWanted = true;
            while (isWanted && !topics.isEmpty()) {
                isWanted = visitor.test(topics.remove());
            }
            return 0;
        }
    }
}
