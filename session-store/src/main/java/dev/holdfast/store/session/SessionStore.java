// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Message;
import dev.holdfast.store.PartAwayException;
import dev.holdfast.store.StoreDoubt;
import dev.holdfast.store.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of all clients: each operation is asynchronous and atomic for its session.
 *
 * <p>An operation that takes a {@link SessionRef} completes with {@link StaleSessionException} when a later attach has
 * passed its epoch or the session is gone; then nothing was changed. Any other exceptional completion means that the
 * outcome is unknown, and the caller must not acknowledge anything on its strength.
 *
 * <p>Order: the operations that one thread calls for one session take effect in the order of the calls.
 */
public interface SessionStore extends OperatorAccess, AutoCloseable {
    /** How many messages of a queue or of a log are read at once at most. */
    int MOST_MESSAGES_A_READ = 1_024;

    /**
     * Makes or resumes the session of a client identifier and takes its ownership: bumps the epoch, sets owner, will
     * and expiry, cancels a pending expiry and a delayed will. A clean start erases what was kept first.
     *
     * <p>A session is not present either, and is erased first in the same way, when its expiry has passed though no
     * sweep has claimed it yet, and when its expiry is zero and a connection is displaced: it ends with that
     * connection [MQTT-3.1.2-6].
     *
     * <p>The will of a displaced connection is dropped if it has a delay and the session is resumed [MQTT-3.1.3-9].
     * Otherwise the displaced gateway says by {@link #settleWill} what is to become of it; if it does not, since it is
     * dead or stands still, a sweep hands the will out after some seconds.
     *
     * <p>Epochs of one client identifier grow for as long as anybody may hold an old reference, also when its session
     * is erased and made anew.
     *
     * <p>Where the request bounds the kept sessions of its principal, one that is made anew is counted until it ends. The
     * bound is for whoever makes more and more of them, not for accounting: a crash at the wrong moment may leave the
     * count some too high until it is put right, which happens when the bound is met.
     *
     * @return the session as it stands; or {@link NotOwnerException} or {@link TooManySessionsException}, and nothing was
     *     touched; so it is with {@link StaleSessionException} for an attach that has waited for the store, while a later one of
     *     that client identifier was faster
     */
    CompletionStage<Attached> attach(AttachRequest request);

    /**
     * Tells the store, which may have lost its last writes, what the owner of a live session knows: a lost attach, its
     * subscriptions and its forgotten packet identifiers are made good; a clean session is made again.
     *
     * @return false if a kept session is not there any more, or only what was there before it began: it is lost
     */
    default CompletionStage<Boolean> reassert(SessionRef ref, Assertion assertion) {
        return CompletableFuture.completedFuture(true);
    }

    /** Whether so much waits for the store that publishers are to be held back, and QoS 0 messages not queued. */
    default boolean isBehind() {
        return false;
    }

    /** Whether so much waits for the part of the store that has a session, where it has parts. */
    default boolean isBehind(String clientId) {
        return isBehind();
    }

    /** Whether the part of the store that has a session is away, where it has parts and others are there. */
    default boolean isAway(String clientId) {
        return false;
    }

    /**
     * Tells of every moment from which on the store may lack its last writes. A store that cannot lose what it has
     * acknowledged never does.
     */
    default void onDoubt(StoreDoubt listener) {}

    /**
     * Gives the ownership back: the session goes offline and its expiry begins, or it is erased when the departure's
     * expiry or the departure's is zero. A detach that is repeated changes nothing; what still comes with the
     * reference after it, such as a late acknowledgement, is taken until the next attach.
     *
     * @return what was erased, and the will that is due at once
     */
    CompletionStage<Detached> detach(SessionRef ref, DetachRequest departure);

    /**
     * The last word of an owner that was displaced: how far it has sent, and how far it has come in logs. Until it comes, all
     * that this owner could have sent counts as sent. It comes too late, and changes nothing, when the later owner has left the
     * session; so it is with the cursors once the later owner has kept some.
     *
     * @param displaced the reference of the displaced connection
     * @param sentMark the highest seq that it has sent; it sends nothing more
     * @param cursors all that it had. The store does not believe what they say has not been sent while the session has an owner,
     *     which may send more
     */
    CompletionStage<Void> handOver(SessionRef displaced, long sentMark, List<LogCursor> cursors);

    /** How far the queue may have been sent before this attach: what {@link #attach} said, or what is known since. */
    CompletionStage<SentMark> sentMark(SessionRef ref);

    /**
     * Says what is to become of the will of a connection that was displaced: for its gateway, whose detach was stale.
     *
     * @param displaced the reference of the displaced connection
     * @param publish false if its client had said goodbye before: the will is dropped [MQTT-3.14.4-3]
     * @return the will that is the caller's to publish now; null if there is none, or a sweep has it already
     */
    CompletionStage<@Nullable DueWill> settleWill(SessionRef displaced, boolean publish);

    /**
     * Hands out what nobody publishes of the wills that are due of earlier connections of a client identifier: for a connection that
     * is to be answered after them, instead of a sweep that may come later.
     *
     * @param ref the reference of the connection that is to be answered
     */
    CompletionStage<WillsLeft> willsLeft(SessionRef ref);

    /** Says that a will has been published: it is handed out no more. Repeating it changes nothing. */
    CompletionStage<Void> willPublished(SessionRef connection);

    /**
     * Adds subscriptions, or replaces those with the same filter [MQTT-3.8.4-3].
     *
     * @return for each, in order, whether its filter was new to the session
     */
    CompletionStage<List<Boolean>> subscribe(SessionRef ref, List<Subscription> subscriptions);

    /**
     * Removes subscriptions by filter, which must be the very same characters [MQTT-3.10.4-1].
     *
     * @return for each, in order, whether it existed
     */
    CompletionStage<List<Boolean>> unsubscribe(SessionRef ref, List<String> filters);

    /**
     * Keeps how far the session has come in logs: each cursor replaces the one with its slot, and is forgotten if it is
     * {@linkplain LogCursor#isOver over}. With the first cursor the queue gives up half of the packet identifiers, which is
     * possible while no message of it has one of them.
     *
     * @return false if the queue cannot give them up now: nothing was changed, and the subscriptions have to use the queue
     */
    CompletionStage<Boolean> keepCursors(SessionRef ref, List<LogCursor> cursors);

    /**
     * Appends one message to the queues of all its targets, each under that session's queue limits. Needs no
     * reference: any gateway may enqueue for any session, online or not. A session that was made with expiry zero has
     * no queue and answers as if it were not there; one that was made with another keeps its queue until it ends. So
     * does a session that is not the one that the target means: a route may outlive the session that it was learnt from.
     * One that is offline answers AWAY to a target that has to be online, unless the message may repeat.
     *
     * @param mayRepeat whether the same message id may have been enqueued before (a repeated PUBREL, our own retry);
     *     then a queue that has it, or had it within the dedupe window, is left alone and says REPEATED
     * @return for each target, in order, what became of it. Exceptionally when any outcome is unknown
     */
    CompletionStage<List<Enqueued>> enqueue(Message message, List<EnqueueTarget> targets, boolean mayRepeat);

    /**
     * Reads from the queue, oldest first, without removing anything. Positions that a drop policy emptied are left
     * out; expired messages are included, the reader decides.
     *
     * @param fromSeq the lowest seq wanted
     * @param maxMessages at most so many, 1 to {@value #MOST_MESSAGES_A_READ}
     * @param maxBytes stop after the message that reaches this sum of body bytes
     */
    CompletionStage<List<QueuedMessage>> read(SessionRef ref, long fromSeq, int maxMessages, int maxBytes);

    /**
     * Says that every position up to {@code upToSeq} is done, and besides those in {@code doneBeyond}, which were
     * acknowledged while a lower one was not. May be batched by the caller: at QoS 1 a lost call costs a redelivery.
     *
     * @param upToSeq cumulative; below the first seq it is a no-op
     * @param doneBeyond seqs above {@code upToSeq}, ascending
     */
    CompletionStage<Void> acknowledge(SessionRef ref, long upToSeq, long[] doneBeyond);

    /**
     * QoS 2 outbound: PUBREC has come for this position. Its message is dropped, its id kept; a later read says
     * RELEASED. PUBREL may leave only after this has completed.
     */
    CompletionStage<Void> release(SessionRef ref, long seq);

    /**
     * QoS 2 inbound: keeps a received message under its packet identifier until {@link #takeInbound}.
     *
     * @return true if it was kept now, false if that packet identifier already holds a message [MQTT-4.3.3-10]
     */
    CompletionStage<Boolean> holdInbound(SessionRef ref, int packetId, Message message);

    /**
     * QoS 2 inbound: forgets what is held under a packet identifier, unless it has the topic and the payload of a message
     * that has come under the same identifier: then that one is a repeat of it. For the first PUBLISH on a new connection.
     *
     * @return whether it is a repeat; false if it is another message, or nothing was held
     */
    CompletionStage<Boolean> dropOtherInbound(SessionRef ref, int packetId, Message message);

    /**
     * QoS 2 inbound: the message held under a packet identifier, to be distributed after PUBREL. It stays until
     * {@link #dropInbound}, so that a crash in between distributes again, with the same message id.
     *
     * @return the message, or null if there is none
     */
    CompletionStage<@Nullable Message> takeInbound(SessionRef ref, int packetId);

    /** QoS 2 inbound: forgets a packet identifier after its message has been distributed; PUBCOMP may leave then. */
    CompletionStage<Void> dropInbound(SessionRef ref, int packetId);

    /**
     * Claims what is due: sessions whose expiry has passed, and wills. Each is handed to one caller only; a will again
     * to another one if {@link #willPublished} does not come within some seconds.
     *
     * @param atMost how many of each at the most
     */
    CompletionStage<Due> sweep(int atMost);

    /**
     * Reads what sessions that have ended have left to the other members of shared subscriptions (MQTT 5.0 section 4.8.2):
     * what was queued or sent and not acknowledged, but for QoS 2 messages that may have been sent, which are their
     * client's alone [MQTT-4.8.2-5]. For whoever a sweep has handed the client identifier to; another sweep hands it to
     * another caller some seconds later, unless {@link #leftoversGiven} has been called for all.
     *
     * @param atMost how many messages
     */
    CompletionStage<Leftovers> leftovers(String clientId, int atMost);

    /** Says that all that was read has been given to others: it is handed out no more. */
    CompletionStage<Void> leftoversGiven(Leftovers given);

    /**
     * Every kept session that has subscriptions, for the routes of a gateway that starts; pages by cursor. What lies in a
     * part of the store that is away is left out.
     */
    CompletionStage<RoutePage> routes(String cursor, int atMost);

    /** What an operator may see of one session, or null if there is none; {@link PartAwayException} if nobody can say. */
    CompletionStage<@Nullable SessionView> find(String clientId);

    /**
     * Erases a session whoever owns it, for the operator. Answers what was erased, with the will if that was waiting
     * for its delay, or null; the owner of a live connection learns of it from the operator's gateway, and settles its
     * will as after a takeover.
     */
    CompletionStage<@Nullable Erased> destroy(String clientId);

    /** Gives up what the store holds of this process; operations after it complete exceptionally. */
    @Override
    void close();

    /**
     * What is left of the wills of earlier connections.
     *
     * @param due those that are the caller's to publish now
     * @param othersPublish whether there are more, which others publish, or are to say what is to become of them
     */
    record WillsLeft(List<DueWill> due, boolean othersPublish) {
        /** Nothing. */
        public static final WillsLeft NONE = new WillsLeft(List.of(), false);

        /** Copies the list. */
        public WillsLeft {
            due = List.copyOf(due);
        }
    }

    /**
     * What a sweep claimed.
     *
     * @param expired sessions that are gone now; a will that was still waiting is in them and is due too
     * @param wills wills that are due for another reason than the end of a session in {@code expired}
     * @param leftovers client identifiers of sessions that have ended, however, and have left something to the other
     *     members of shared subscriptions: see {@link #leftovers}
     */
    record Due(List<Erased> expired, List<DueWill> wills, List<String> leftovers) {}

    /**
     * One page of kept subscriptions.
     *
     * @param sessions client identifiers and what they subscribe to
     * @param nextCursor where to go on, or null at the end; the first call passes the empty string
     */
    record RoutePage(List<Routed> sessions, @Nullable String nextCursor) {}

    /**
     * One kept session's subscriptions.
     *
     * @param clientId the client identifier
     * @param born the epoch of the attach with which it began
     * @param subscriptions what it subscribes to
     */
    record Routed(String clientId, long born, List<Subscription> subscriptions) {}

    /**
     * A session from outside.
     *
     * @param clientId the client identifier
     * @param principal whose it is
     * @param owner the gateway that holds its connection, or null when offline
     * @param epoch that of its last attach: the microseconds since 1970 at which that was, or a little more
     * @param born that of the attach with which it began, likewise
     * @param expiry how long it is kept after a disconnect
     * @param subscriptions what it subscribes to
     * @param queuedMessages positions in the outbound queue that are not done, those in flight included
     * @param queuedBytes the sum of their bodies
     * @param droppedMessages how many the queue limits, and operators, have cost so far
     * @param endsAt when it ends if its client does not come back; null while that is connected, and for a session that never ends
     * @param hasWill whether its connection has a will, or that waits for its delay
     * @param willDueAt when a will that waits for its delay is published, or null
     * @param identifiers as in {@link Attached}
     * @param cursors as in {@link Attached}
     */
    record SessionView(
            String clientId,
            String principal,
            @Nullable String owner,
            long epoch,
            long born,
            Duration expiry,
            List<Subscription> subscriptions,
            int queuedMessages,
            long queuedBytes,
            long droppedMessages,
            @Nullable Instant endsAt,
            boolean hasWill,
            @Nullable Instant willDueAt,
            int identifiers,
            List<LogCursor> cursors) {}
}
