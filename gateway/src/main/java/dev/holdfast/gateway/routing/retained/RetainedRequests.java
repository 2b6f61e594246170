// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.store.Subscription;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * For which subscriptions one session is to be sent retained messages, in their order, and how far their topics have been
 * found. On the session's thread.
 */
final class RetainedRequests {
    /** By filter, what has not begun. */
    private final Map<String, Request> waiting = new LinkedHashMap<>(2);
    /** By filter, topics that have been found and are to be read once more. */
    private final Map<String, Again> again = new LinkedHashMap<>(0);

    private @Nullable Subscription subscription;
    private RetainedTopics topics = new RetainedTopics.Named(new ArrayDeque<>(0));

    private record Request(Subscription subscription, Supplier<RetainedTopics> topics) {}

    private record Again(Subscription subscription, ArrayDeque<String> topics) {}

    /**
     * Adds a subscription behind the others.
     *
     * @param matching the topics that match, asked for when its turn comes
     */
    void add(Subscription wanted, Supplier<RetainedTopics> matching) {
        waiting.put(wanted.filter(), new Request(wanted, matching));
    }

    /** Adds a topic of a subscription that has had its turn. */
    void addAgain(Subscription wanted, String topic) {
        again.computeIfAbsent(wanted.filter(), filter -> new Again(wanted, new ArrayDeque<>(1)))
                .topics()
                .add(topic);
    }

    /** Ends what there is of the subscription with this filter. */
    void remove(String filter) {
        waiting.remove(filter);
        again.remove(filter);
        if (subscription != null && subscription.filter().equals(filter)) {
            subscription = null;
        }
    }

    /** Whether topics may be left. */
    boolean areLeft() {
        return (subscription != null && !topics.isDone()) || !waiting.isEmpty() || !again.isEmpty();
    }

    /**
     * Adds the next topics to a page until that has as many as it may, or so many steps have been taken.
     *
     * @param debtor pays for steps that find nothing
     * @return whether it has all that it may have, or nothing is left
     */
    boolean fill(RetainedPage page, int mostTopics, int mostSteps, Debtor debtor) {
        int inVain = 0;
        while (page.size() < mostTopics && inVain < mostSteps && areLeft()) {
            Subscription serving = subscription;
            if (serving == null || topics.isDone()) {
                begin();
                inVain++;
            } else {
                inVain += topics.advance(mostSteps - inVain, topic -> {
                    page.add(new RetainedItem(serving, topic));
                    return page.size() < mostTopics;
                });
            }
        }
        debtor.owes(inVain);
        return page.size() >= mostTopics || !areLeft();
    }

    private void begin() {
        if (!waiting.isEmpty()) {
            Request request = removeFirst(waiting);
            subscription = request.subscription();
            topics = request.topics().get();
        } else {
            Again request = removeFirst(again);
            subscription = request.subscription();
            topics = new RetainedTopics.Named(request.topics());
        }
    }

    private static <T> T removeFirst(Map<String, T> map) {
        var first = map.entrySet().iterator();
        T value = first.next().getValue();
        first.remove();
        return value;
    }
}
