// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.member.Lease;
import dev.holdfast.gateway.cluster.member.OwnBarriers;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.cluster.routes.Announcer;
import dev.holdfast.gateway.cluster.routes.AwaySubscriptions;
import dev.holdfast.gateway.cluster.routes.CleanRoutes;
import dev.holdfast.gateway.cluster.routes.CleanSubscriptions;
import dev.holdfast.gateway.cluster.routes.Learning;
import dev.holdfast.gateway.cluster.routes.RouteBook;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Acts on the notes of other gateways that concern routes: hands each to the part that keeps such routes, and answers barriers, greetings
 * and questions. On the thread of the routes, in the order in which the notes came.
 */
final class RouteNotes {
    /**
     * How long an answer to a barrier may be delayed by subscribers that still receive retained messages. The gateway that asks
     * waits for three seconds.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Lease lease;
    private final Announcer announcer;
    private final OwnBarriers ownBarriers;
    private final Inquiries inquiries;
    private final RouteBook book;
    private final Routes routes;
    private final CleanRoutes clean;
    private final CleanSubscriptions cleanHere;
    private final AwaySubscriptions away;
    private final Learning learning;
    private final RetainedMessages retained;
    private final Function<String, Outbox> outboxes;

    RouteNotes(
            Lease lease,
            Announcer announcer,
            OwnBarriers ownBarriers,
            Inquiries inquiries,
            RouteBook book,
            Routes routes,
            CleanRoutes clean,
            CleanSubscriptions cleanHere,
            AwaySubscriptions away,
            Learning learning,
            RetainedMessages retained,
            Function<String, Outbox> outboxes) {
        this.lease = lease;
        this.announcer = announcer;
        this.ownBarriers = ownBarriers;
        this.inquiries = inquiries;
        this.book = book;
        this.routes = routes;
        this.clean = clean;
        this.cleanHere = cleanHere;
        this.away = away;
        this.learning = learning;
        this.retained = retained;
        this.outboxes = outboxes;
    }

    /** Acts on a note of another gateway, or on this gateway's own barrier. */
    void heard(Note note) {
        if (note instanceof Note.Subscribed one) {
            book.subscribed(one);
        } else if (note instanceof Note.Unsubscribed one) {
            book.unsubscribed(one);
        } else if (note instanceof Note.Ended one) {
            book.ended(one.clientId(), one.epoch());
        } else if (note instanceof Note.Doubted one) {
            book.check(one.clientId());
        } else if (note instanceof Note.Resumed one) {
            book.resumed(one);
        } else if (note instanceof Note.Left one) {
            book.left(one);
        } else if (note instanceof Note.LogBegun one) {
            routes.learnLog(one.filter());
        } else if (note instanceof Note.LogEnded one) {
            book.logEnded(one.filter());
        } else if (note instanceof Note.Clean one) {
            clean.changed(one);
        } else if (note instanceof Note.Barrier one && one.from().equals(lease.id())) {
            ownBarriers.read(one.number());
        } else if (note instanceof Note.Barrier one) {
            byte[] applied = NoteCodec.encode(new Note.Applied(lease.id(), one.number()));
            CompletableFuture<?> left = retained.left()
                    .handle((nothing, failure) -> true)
                    .completeOnTimeout(true, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            CompletableFuture.allOf(book.checked(), left)
                    .whenComplete(
                            (nothing, failure) -> outboxes.apply(one.from()).send(applied));
        } else if (note instanceof Note.Applied one) {
            announcer.applied(one.from(), one.number());
        } else if (note instanceof Note.Asked one) {
            inquiries.asked(one);
        } else if (note instanceof Note.Told one) {
            inquiries.told(one);
        } else if (note instanceof Note.Hello one) {
            away.tellAll(outboxes.apply(one.from()), lease.id());
            cleanHere.tellAll(outboxes.apply(one.from()));
        } else if (note instanceof Note.Invitation one) {
            outboxes.apply(one.from()).invited(one.card());
        } else if (note instanceof Note.SnapshotBegins one) {
            clean.snapshotBegins(one.from());
        } else if (note instanceof Note.SnapshotEnds one) {
            clean.snapshotEnds(one.from());
            learning.answered(one.from());
        }
    }
}
