// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.Session;
import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Target;
import java.util.List;

/** The retained messages of one new subscription on their way to its session, a page at a time. */
final class RetainedReplay {
    private static final int PAGE = 32;

    private final RetainedStore store;
    private final Session session;
    private final Subscription subscription;
    private final int[] identifiers;
    private final List<String> topics;
    private int next;
    private boolean fetching;

    RetainedReplay(RetainedStore store, Session session, Subscription subscription, List<String> topics) {
        this.store = store;
        this.session = session;
        this.subscription = subscription;
        this.topics = topics;
        this.identifiers =
                subscription.identifier() > 0 ? new int[] {subscription.identifier()} : Target.NO_IDENTIFIERS;
    }

    /** Sends the next page; says whether there may be more. */
    boolean more() {
        if (fetching) {
            return true;
        }
        fetching = true;
        List<String> page = topics.subList(next, Math.min(next + PAGE, topics.size()));
        store.find(page).whenComplete((messages, failure) -> {
            if (session.thread().isCurrent()) {
                arrived(page.size(), failure == null ? messages : List.of());
            } else {
                session.thread().execute(() -> {
                    arrived(page.size(), failure == null ? messages : List.of());
                    session.pump();
                });
            }
        });
        return fetching || next < topics.size();
    }

    private void arrived(int asked, List<Message> messages) {
        fetching = false;
        next += asked;
        for (Message message : messages) {
            // RETAIN = 1 says that the message was retained, whatever Retain As Published is [MQTT-3.3.1-8].
            session.deliver(message, Math.min(message.qos(), subscription.qos()), true, identifiers, null);
        }
    }
}
