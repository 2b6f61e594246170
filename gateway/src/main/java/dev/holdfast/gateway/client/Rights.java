// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Permissions;
import dev.holdfast.gateway.limits.TellingPace;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.topic.SharedFilter;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What the permissions of a client mean for a session that it resumes, or has while they change. */
final class Rights {
    /** A client can renew its token with more and with fewer rights in turn. */
    private static final TellingPace FORBIDDEN_TOLD = new TellingPace(Duration.ofSeconds(1), System.nanoTime());

    private static final CompletableFuture<Integer> NOTHING_DROPPED = CompletableFuture.completedFuture(0);

    private Rights() {}

    /** From now on the session is sent nothing else. */
    static void restrict(Session session, Permissions permissions) {
        session.outbound().mayReceive(permissions.mayReceiveAll() ? null : permissions::mayReceive);
    }

    /** Drops the will if it may not be published any more. */
    static void reconsiderWill(Session session, Permissions permissions) {
        Will will = session.will();
        if (will != null) {
            Message message = will.message();
            if (!permissions.mayPublish(message.topic(), message.qos(), message.isRetain())) {
                session.will(null);
            }
        }
    }

    /**
     * Drops the subscriptions that are not allowed any more, from the routes at once, then from the store.
     *
     * @return how many, when the store has forgotten them
     */
    static CompletableFuture<Integer> dropForbidden(Client client, Session session, Permissions permissions) {
        if (permissions.mayReceiveAll()) {
            return NOTHING_DROPPED;
        }
        Stream<Subscription> inLogs =
                session.outbound().hasLogs() ? session.outbound().logs().subscriptions().stream() : Stream.empty();
        List<String> forbidden = Stream.concat(session.slot().subscriptions().stream(), inLogs)
                .filter(each -> !isAllowed(each, permissions))
                .map(Subscription::filter)
                .toList();
        if (forbidden.isEmpty()) {
            return NOTHING_DROPPED;
        }
        forbidden.forEach(filter -> client.services().routes().unsubscribe(session.slot(), filter));
        long others = FORBIDDEN_TOLD.happened(System.nanoTime());
        if (others >= 0) {
            Client.LOG
                    .atInfo()
                    .addKeyValue("client", session.clientId())
                    .addKeyValue("count", forbidden.size())
                    .addKeyValue("others", others)
                    .log("subscriptions no longer allowed");
        }
        return session.forget(forbidden).thenApply(forgotten -> forbidden.size());
    }

    private static boolean isAllowed(Subscription subscription, Permissions permissions) {
        SharedFilter shared = SharedFilter.parse(subscription.filter());
        return permissions.maySubscribe(shared == null ? subscription.filter() : shared.filter(), subscription.qos());
    }
}
