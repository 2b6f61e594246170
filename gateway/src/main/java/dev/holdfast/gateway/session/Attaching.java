// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.TimedOperation;
import dev.holdfast.gateway.session.connection.ConnectedBy;
import dev.holdfast.gateway.session.connection.Leaving;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a connection gets its session: the store is asked, the connections before it are ended, then the live session is
 * made. Any thread.
 */
public final class Attaching {
    /** How long a takeover waits for earlier connections at this gateway; for one elsewhere {@code Succession} says it. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** A log may lie in a part of the store that is away, and its session in another one. */
    private static final Duration LOGS_PATIENCE = Duration.ofMillis(500);

    private static final CompletableFuture<Boolean> OVER = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<Boolean> NOT_OVER = CompletableFuture.completedFuture(false);

    private final SessionServices services;
    private final Takeovers takeovers;
    private final Passing passing;
    private final Detaching detaching;

    Attaching(SessionServices services, Takeovers takeovers, Passing passing, Detaching detaching) {
        this.services = services;
        this.takeovers = takeovers;
        this.passing = passing;
        this.detaching = detaching;
    }

    /** Asks the store for the session of a CONNECT. {@link #enter} or {@link #abandon} follows the answer. */
    public CompletionStage<Attached> attach(AttachRequest request, ConnectedBy connection) {
        services.lifecycle().begins(request.clientId());
        passing.begin(request.clientId());
        long asked = System.nanoTime();
        CompletionStage<Attached> attached = services.store().attach(request).whenComplete((answer, failure) -> {
            services.metrics().storeAnswered(TimedOperation.ATTACH, asked);
            if (answer == null) {
                passing.end(request.clientId());
            }
        });
        if (services.lifecycle().isHeard()) {
            attached = attached.whenComplete((answer, failure) -> {
                if (answer == null) {
                    services.lifecycle().unchanged(request.clientId());
                } else {
                    services.lifecycle().attached(request, connection, answer);
                }
            });
        }
        return services.neighbours().mayExist()
                ? attached.thenCompose(answer -> tellNeighbours(request, answer))
                : attached;
    }

    /** The routes of a session that ends with this attach are gone at every gateway before the CONNACK. */
    private CompletionStage<Attached> tellNeighbours(AttachRequest request, Attached attached) {
        Neighbours neighbours = services.neighbours();
        if (attached.predecessor() > 0) {
            // Another gateway may have ended it, and its news may still be on their way.
            neighbours.ended(request.clientId(), attached.predecessor());
            return neighbours.settled().handle((nothing, failure) -> attached);
        }
        if (attached.sessionPresent() && !attached.subscriptions().isEmpty()) {
            neighbours.resumed(attached.ref());
        }
        return CompletableFuture.completedFuture(attached);
    }

    /**
     * Closes the connection that an attach has displaced, here or at another gateway, and waits until all connections before
     * it are over: what they had sent is published, and so are their wills. {@link #enter} or {@link #abandon} follows.
     *
     * @return whether they are over; false if a displaced gateway or the store has not answered in time, which is counted
     */
    public CompletableFuture<Boolean> displace(Attached attached) {
        CompletableFuture<?> here = takeovers.displace(attached);
        DisplacedConnection displaced = attached.displaced();
        DisplacedConnection elsewhere =
                displaced != null && services.neighbours().isElsewhere(displaced.gateway()) ? displaced : null;
        if (here.isDone() && elsewhere == null) {
            // A dead gateway says nothing of the will of its connection.
            boolean isDead = displaced != null
                    && displaced.owesWill()
                    && services.neighbours().isGone(displaced.gateway());
            return isDead ? NOT_OVER : OVER;
        }
        takeovers.awaits(attached.ref());
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        here.whenComplete((nothing, failure) -> over.complete(true));
        over.completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        CompletableFuture<Boolean> all = elsewhere == null
                ? over
                : over.thenCombine(
                        services.neighbours().displaced(elsewhere, attached.ref(), false),
                        (some, other) -> some && other);
        return all.thenApply(isOver -> {
            if (!isOver) {
                services.metrics().takeoverUnanswered();
            }
            return isOver;
        });
    }

    /**
     * Learns, once {@link #displace} is done, how far the queue of a session that was taken over has been sent. It decides
     * what goes out with DUP [MQTT-3.3.1-1], what may expire and what the queue limit may take. A connection that has not
     * handed its session over may have sent everything that it could.
     *
     * <p>So it is with the logs that the session reads: what may have been sent is what they have now. What the client had
     * acknowledged there is known exactly if the displaced connection has handed its session over.
     *
     * @return the same answer with the sent mark and the cursors as they are known now
     */
    public CompletionStage<Attached> sentMark(Attached attached) {
        return sentMarkOfQueue(attached)
                .thenCompose(this::cursors)
                .thenCompose(known -> known.areCursorsSure()
                        ? CompletableFuture.completedFuture(known)
                        : sentMarksOfLogs(known.cursors()).thenApply(known::withCursors));
    }

    /** How far the session has come in logs, by the word of a displaced owner. */
    private CompletionStage<Attached> cursors(Attached attached) {
        if (attached.displaced() == null || attached.cursors().isEmpty()) {
            return CompletableFuture.completedFuture(attached);
        }
        SessionRef ref = attached.ref();
        return services.store()
                .find(ref.clientId())
                .handle((view, failure) ->
                        view == null || view.epoch() != ref.epoch() ? attached : attached.withCursors(view.cursors()));
    }

    /** A log that does not answer in time, since its part of the store is away, is asked again later. */
    private CompletableFuture<List<LogCursor>> sentMarksOfLogs(List<LogCursor> cursors) {
        List<CompletableFuture<LogCursor>> marks = cursors.stream()
                .map(cursor -> cursor.isMarkSure()
                        ? CompletableFuture.completedFuture(cursor)
                        : services.logs()
                                .end(cursor.subscription().filter())
                                .thenApply(cursor::sentBefore)
                                .exceptionally(failure -> cursor)
                                .completeOnTimeout(cursor, LOGS_PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .toList();
        return CompletableFuture.allOf(marks.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        nothing -> marks.stream().map(CompletableFuture::join).toList());
    }

    private CompletionStage<Attached> sentMarkOfQueue(Attached attached) {
        if (attached.displaced() == null || !attached.sessionPresent() || attached.firstSeq() == attached.nextSeq()) {
            return CompletableFuture.completedFuture(attached);
        }
        return services.store()
                .sentMark(attached.ref())
                .handle((mark, failure) -> mark == null ? attached : attached.withSentMark(mark.seq()));
    }

    /**
     * Takes the will of a displaced connection whose gateway has not said in time whether the will is published.
     *
     * @return the will that the caller publishes now, or null if there is none or another gateway publishes it
     */
    public CompletionStage<@Nullable DueWill> claimWill(SessionRef displaced) {
        return services.store().settleWill(displaced, true);
    }

    /** The wills of earlier connections that are not out, that of the displaced one aside. */
    public CompletionStage<SessionStore.WillsLeft> willsLeft(SessionRef ref) {
        return services.store().willsLeft(ref);
    }

    /**
     * Makes the live session of a connection whose attach has been answered, and displaces the one before it. On the
     * connection's thread.
     *
     * @param isKept whether the session outlives this connection
     * @param receiveMaximum how many unacknowledged packets the client takes
     * @return the session, or null if a later connection of the same client identifier was faster
     */
    public @Nullable Entered enter(
            Attached attached, boolean isKept, SessionThread thread, Outlet outlet, int receiveMaximum) {
        Entered entered = takeovers.enter(attached, isKept, thread, outlet, receiveMaximum);
        if (entered != null) {
            passing.end(attached.ref().clientId());
            detaching.entered(thread, outlet);
        }
        return entered;
    }

    /**
     * What came of a connection taking its session.
     *
     * @param session the live session
     * @param isNewHere whether its slot is new to this gateway: then its subscriptions are not in the routes yet
     * @param replaced the slot of a session that has ended, whose routes are to be removed; or null
     */
    public record Entered(
            Session session, boolean isNewHere, @Nullable SessionSlot replaced) {}

    /** Gives back a session whose client has gone before it was answered: as if it had left at once, without a will. */
    public void abandon(Attached attached, Duration expiry, Leaving leaving) {
        boolean isKept = attached.sessionPresent() || !expiry.isZero();
        boolean isRouted = !attached.subscriptions().isEmpty();
        detaching
                .detach(
                        attached.ref(),
                        isKept,
                        isRouted,
                        new DetachRequest(expiry, attached.sentMark(), false),
                        List.of(),
                        true,
                        leaving)
                .whenComplete((nothing, failure) -> {
                    takeovers.predecessors().over(attached.ref());
                    passing.end(attached.ref().clientId());
                });
    }
}
