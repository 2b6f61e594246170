// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

import dev.holdfast.store.Message;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The logs of wide filters: each is named by its filter and has the messages that match it, in the order of their appends. The
 * operations are asynchronous and atomic for their log. Those that one thread calls for one log take effect in the order of the
 * calls. An exceptional completion means that the outcome is unknown.
 *
 * <p>Each message has an index. Indexes grow by one from message to message, except where a store may have lost its last
 * appends: from there on they lie above all that anybody may know. An index is never given twice, also when a log has ended and
 * begins again.
 *
 * <p>A log is bounded in messages and in bytes of body: its oldest messages give way.
 */
public interface LogStore extends AutoCloseable {
    /**
     * Has a log kept for so long from now at least; makes it if it is not there. Never shortens the time.
     *
     * @param atLeast zero or more
     * @return where the log stands
     */
    CompletionStage<LogEnds> keep(String filter, Duration atLeast);

    /**
     * Appends a message unless the log has it, or had it at QoS 2 within the dedupe window. A log that is not there stays away:
     * no session reads it.
     *
     * @param publisher the client identifier of the publisher, or null for a message of a gateway's own
     * @param mayRepeat whether the same message id may have been appended before (a repeated PUBREL)
     */
    CompletionStage<Appended> append(String filter, Message message, @Nullable String publisher, boolean mayRepeat);

    /** Whether so much waits for the store that QoS 0 messages are not to be appended. */
    default boolean isBehind() {
        return false;
    }

    /**
     * Reads messages in the order of their indexes.
     *
     * @param from the lowest index wanted
     * @param maxMessages at most so many, 1 to 1024
     * @param maxBytes stop after the message that reaches this sum of body bytes
     * @return a page; null if there is no such log
     */
    CompletionStage<@Nullable LogPage> read(String filter, long from, int maxMessages, int maxBytes);

    /**
     * The filters of the logs, page by page. A log that is there all the time is named at least once.
     *
     * @param cursor the empty string for the first page, then what the page before says
     */
    CompletionStage<Names> names(String cursor, int about);

    /**
     * Ends logs that nobody has kept for long enough.
     *
     * @return the filters of those that have ended by this call
     */
    CompletionStage<List<String>> sweep(int atMost);

    /** Gives up what the store holds of this process. */
    @Override
    void close();

    /**
     * A page of filters.
     *
     * @param nextCursor where to go on, or null at the end
     */
    record Names(List<String> filters, @Nullable String nextCursor) {}
}
