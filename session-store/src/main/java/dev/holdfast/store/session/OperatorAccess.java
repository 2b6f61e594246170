// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks of sessions and does to them, whoever owns them. Nothing here takes long at once, however many sessions
 * there are; completes exceptionally as {@link SessionStore} says.
 */
public interface OperatorAccess {

    /**
     * Client identifiers that begin with a prefix, a page at a time, in no order. A session that is there, and served, all the
     * time is met at least once. One that has ended may be among them.
     *
     * @param prefix empty for all
     * @param cursor empty for the first page
     * @param about how many sessions are looked at for a page, roughly: it may have fewer, or none, and not be the last
     */
    CompletionStage<NamePage> names(String prefix, String cursor, int about);

    /**
     * The same of the sessions that a gateway holds, connected as far as the store knows.
     *
     * @param gateway its id
     */
    CompletionStage<NamePage> heldBy(String gateway, String prefix, String cursor, int about);

    /**
     * What stands in the queue of a session, oldest first; what its owner sends, and what may give way, does not change by it.
     *
     * @param fromSeq the lowest seq wanted
     * @param maxMessages at most so many, 1 to 1024
     * @param maxBytes stop after the message that reaches this sum of body bytes
     * @return null if there is no such session
     */
    CompletionStage<@Nullable List<QueuedMessage>> peek(String clientId, long fromSeq, int maxMessages, int maxBytes);

    /**
     * Takes all messages out of the queue of a session but those that may have been sent: their packet identifiers are in use at
     * the client [MQTT-4.4.0-1]. They count as dropped. The owner, if there is one, is to be told.
     *
     * @return null if there is no such session
     */
    CompletionStage<@Nullable Purged> purge(String clientId);

    /**
     * Has a session kept for so long, from now if its client is away, else from when it leaves; of that the owner is to be told,
     * which says it again then.
     *
     * @param expiry more than zero
     * @return null if there is no such session
     */
    CompletionStage<@Nullable Prolonged> prolong(String clientId, Duration expiry);

    /**
     * What stands in the queues of sessions, a page of sessions at a time, in no order. A session that is there, and served, all the
     * time is met at least once; one that the store moves meanwhile may be met twice.
     *
     * @param cursor empty for the first page
     * @param about how many sessions are looked at for a page, roughly
     */
    CompletionStage<QueuePage> queues(String cursor, int about);

    /**
     * Some client identifiers.
     *
     * @param clientIds each once on this page
     * @param nextCursor where to go on, or null at the end
     */
    record NamePage(List<String> clientIds, @Nullable String nextCursor) {}

    /**
     * The sum of some queues, each as it was when it was looked at.
     *
     * @param messages those that are not acknowledged, those in flight included
     * @param bytes the sum of their bodies
     * @param nextCursor where to go on, or null at the end
     */
    record QueuePage(long messages, long bytes, @Nullable String nextCursor) {}

    /**
     * What a purge has done.
     *
     * @param messages how many were taken out
     * @param owner the gateway that holds the connection, or null
     */
    record Purged(int messages, @Nullable String owner) {}

    /**
     * What came of prolonging a session.
     *
     * @param isKept false if it is a clean one, which ends with its connection: nothing was changed
     * @param owner the gateway that holds the connection, or null
     */
    record Prolonged(boolean isKept, @Nullable String owner) {}
}
