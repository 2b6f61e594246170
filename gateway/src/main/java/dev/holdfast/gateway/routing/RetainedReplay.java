// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.PacedSource;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Target;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages of one new subscription on their way to its session, a page at a time. No more leave than the
 * client takes at once, and none is given up for want of room in the session's queue: one that finds none waits until
 * the client has acknowledged what it has. A page that the store cannot give is asked for again.
 */
final class RetainedReplay implements PacedSource {
    private static final int PAGE = 32;

    private final RetainedStore store;
    private final Metrics metrics;
    private final Session session;
    private final int qos;
    private final int[] identifiers;
    private final Supplier<List<String>> matching;
    private final ArrayDeque<Message> page = new ArrayDeque<>(0);
    private @Nullable List<String> topics;
    private int next;
    private boolean fetching;
    private boolean justFailed;
    private int unanswered;
    private boolean queueIsFull;

    /**
     * A replay that has not begun.
     *
     * @param matching the topics that match, asked for when its turn comes
     */
    RetainedReplay(
            RetainedStore store,
            Metrics metrics,
            Session session,
            Subscription subscription,
            Supplier<List<String>> matching) {
        this.store = store;
        this.metrics = metrics;
        this.session = session;
        this.qos = subscription.qos();
        this.matching = matching;
        this.identifiers =
                subscription.identifier() > 0 ? new int[] {subscription.identifier()} : Target.NO_IDENTIFIERS;
    }

    @Override
    public Rest next() {
        List<String> known = topics;
        if (known == null) {
            known = matching.get();
            topics = known;
        }
        if (fetching || unanswered > 0 || (queueIsFull && session.isOwed())) {
            return Rest.WAITING;
        }
        if (justFailed) {
            justFailed = false; // asked for again at the session's next tick
            return Rest.WAITING;
        }
        queueIsFull = false;
        if (page.isEmpty() && next < known.size()) {
            fetch(known);
        }
        if (!fetching) {
            handOver();
        }
        if (fetching || unanswered > 0 || queueIsFull) {
            return Rest.WAITING;
        }
        return page.isEmpty() && next == known.size() ? Rest.NONE : Rest.MORE;
    }

    private void fetch(List<String> known) {
        List<String> asked = known.subList(next, Math.min(next + PAGE, known.size()));
        next += asked.size();
        fetching = true;
        onSessionThread(store.find(asked), (messages, failure) -> {
            fetching = false;
            if (messages != null) {
                page.addAll(messages);
            } else {
                metrics.storeError("retained");
                next -= asked.size();
                justFailed = true;
            }
        });
    }

    private void handOver() {
        for (int room = Math.min(session.room(), page.size()); room > 0 && session.isReady(); room--) {
            Message message = page.remove();
            unanswered++;
            onSessionThread(
                    // RETAIN = 1 says that the message was retained, whatever Retain As Published is [MQTT-3.3.1-8].
                    session.deliverRetained(message, Math.min(message.qos(), qos), identifiers), (has, failure) -> {
                        unanswered--;
                        if (Boolean.FALSE.equals(has)) {
                            refused(message);
                        }
                    });
        }
    }

    private void refused(Message message) {
        if (session.isOwed()) {
            queueIsFull = true;
            page.add(message);
        } else {
            metrics.dropped(Dropped.QUEUE_FULL); // it alone is too much
        }
    }

    /** What an answer brings. */
    @FunctionalInterface
    private interface Answered<T> {
        /** One of the two is there. */
        void with(@Nullable T result, @Nullable Throwable failure);
    }

    /** At once if that is where and when the answer is there; otherwise the session is pumped after it. */
    private <T> void onSessionThread(CompletionStage<T> stage, Answered<T> answered) {
        stage.whenComplete((result, failure) -> {
            if (session.thread().isCurrent()) {
                answered.with(result, failure);
            } else {
                session.thread().execute(() -> {
                    answered.with(result, failure);
                    session.pump();
                });
            }
        });
    }
}
