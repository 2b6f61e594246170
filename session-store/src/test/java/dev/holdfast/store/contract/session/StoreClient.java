// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import dev.holdfast.store.Message;
import dev.holdfast.store.Will;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a client of the tests connects: an {@link AttachRequest} with defaults, and the few calls on a store that most
 * tests make.
 */
record StoreClient(AttachRequest request) {
    static final QueueLimits ROOMY = new QueueLimits(1_000, 1_000_000, DropPolicy.DROP_OLDEST);

    /** Resumes, as principal "owner-of-" its id, on gateway g1, kept for an hour, no will, roomy queue. */
    static StoreClient named(String clientId) {
        return new StoreClient(
                new AttachRequest(clientId, "owner-of-" + clientId, "g1", false, Duration.ofHours(1), null, ROOMY));
    }

    StoreClient cleanStart() {
        return with(request.principal(), request.gateway(), true, request.expiry(), request.will(), request.limits());
    }

    StoreClient as(String principal) {
        return with(
                principal, request.gateway(), request.cleanStart(), request.expiry(), request.will(), request.limits());
    }

    StoreClient on(String gateway) {
        return with(
                request.principal(), gateway, request.cleanStart(), request.expiry(), request.will(), request.limits());
    }

    StoreClient keptFor(Duration expiry) {
        return with(
                request.principal(), request.gateway(), request.cleanStart(), expiry, request.will(), request.limits());
    }

    StoreClient with(Will will) {
        return with(
                request.principal(), request.gateway(), request.cleanStart(), request.expiry(), will, request.limits());
    }

    StoreClient with(QueueLimits limits) {
        return with(
                request.principal(), request.gateway(), request.cleanStart(), request.expiry(), request.will(), limits);
    }

    /** One of at most so many kept sessions of a principal. */
    StoreClient oneOf(int maxSessions, String principal) {
        return new StoreClient(new AttachRequest(
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
        return Answers.of(store.detach(attached.ref(), new DetachRequest(request.expiry(), sentMark, true)))
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

    private StoreClient with(
            String principal,
            String gateway,
            boolean cleanStart,
            Duration expiry,
            @Nullable Will will,
            QueueLimits limits) {
        return new StoreClient(new AttachRequest(
                request.clientId(), principal, gateway, cleanStart, expiry, will, limits, request.maxSessions()));
    }
}
