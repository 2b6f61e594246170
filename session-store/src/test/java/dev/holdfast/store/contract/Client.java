// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import dev.holdfast.store.AttachRequest;
import dev.holdfast.store.Attached;
import dev.holdfast.store.Departure;
import dev.holdfast.store.Enqueued;
import dev.holdfast.store.Erased;
import dev.holdfast.store.Message;
import dev.holdfast.store.QueueLimits;
import dev.holdfast.store.QueueLimits.DropPolicy;
import dev.holdfast.store.QueuedMessage;
import dev.holdfast.store.SessionStore;
import dev.holdfast.store.Will;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a client of the tests connects: an {@link AttachRequest} with defaults, and the few calls on a store that most
 * tests make.
 */
record Client(AttachRequest request) {
    static final QueueLimits ROOMY = new QueueLimits(1_000, 1_000_000, DropPolicy.DROP_OLDEST);

    /** Resumes, as principal "owner-of-" its id, on gateway g1, kept for an hour, no will, roomy queue. */
    static Client named(String clientId) {
        return new Client(
                new AttachRequest(clientId, "owner-of-" + clientId, "g1", false, Duration.ofHours(1), null, ROOMY));
    }

    Client cleanStart() {
        return with(request.principal(), request.gateway(), true, request.expiry(), request.will(), request.limits());
    }

    Client as(String principal) {
        return with(
                principal, request.gateway(), request.cleanStart(), request.expiry(), request.will(), request.limits());
    }

    Client on(String gateway) {
        return with(
                request.principal(), gateway, request.cleanStart(), request.expiry(), request.will(), request.limits());
    }

    Client keptFor(Duration expiry) {
        return with(
                request.principal(), request.gateway(), request.cleanStart(), expiry, request.will(), request.limits());
    }

    Client with(Will will) {
        return with(
                request.principal(), request.gateway(), request.cleanStart(), request.expiry(), will, request.limits());
    }

    Client with(QueueLimits limits) {
        return with(
                request.principal(), request.gateway(), request.cleanStart(), request.expiry(), request.will(), limits);
    }

    /** One of at most so many kept sessions of a principal. */
    Client oneOf(int maxSessions, String principal) {
        return new Client(new AttachRequest(
                request.clientId(),
                principal,
                request.gateway(),
                request.cleanStart(),
                request.expiry(),
                request.will(),
                request.limits(),
                maxSessions));
    }

    Attached attach(SessionStore store) {
        return Answers.of(store.attach(request));
    }

    /** Leaves as an ordinary connection loss does: kept as long as asked for, will included. */
    @Nullable
    Erased detach(SessionStore store, Attached attached, long sentMark) {
        return Answers.of(store.detach(attached.ref(), new Departure(request.expiry(), sentMark, true)))
                .erased();
    }

    Enqueued enqueue(SessionStore store, Message message, int qos) {
        return Answers.of(store.enqueue(message, List.of(Samples.to(request.clientId(), qos)), false))
                .get(0);
    }

    Enqueued enqueueAgain(SessionStore store, Message message, int qos) {
        return Answers.of(store.enqueue(message, List.of(Samples.to(request.clientId(), qos)), true))
                .get(0);
    }

    /** Everything in the queue, without a further look at limits. */
    static List<QueuedMessage> readAll(SessionStore store, Attached attached) {
        return Answers.of(store.read(attached.ref(), 1, 1_024, Integer.MAX_VALUE));
    }

    private Client with(
            String principal,
            String gateway,
            boolean cleanStart,
            Duration expiry,
            @Nullable Will will,
            QueueLimits limits) {
        return new Client(new AttachRequest(
                request.clientId(), principal, gateway, cleanStart, expiry, will, limits, request.maxSessions()));
    }
}
