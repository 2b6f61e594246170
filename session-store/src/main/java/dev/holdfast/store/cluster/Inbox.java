// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.cluster;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What gateways tell each other: each has one inbox that all append to and that it alone empties. Notes are hints,
 * bounded in number: what must not be lost stands in a session's queue.
 */
public interface Inbox {

    /** What appends to a gateway's inbox. */
    Writer writer(String gateway);

    /** Runs a task after so many nanoseconds, where an append costs least; a little late at the worst. */
    void later(long nanos, Runnable task);

    /**
     * Takes notes out of the inbox of a gateway that is dead, which it has not read. Each is handed to one caller only.
     *
     * @param atMost how many entries at the most
     * @return the notes, in their order; empty if there are none
     */
    CompletionStage<List<byte[]>> takeUnread(String gateway, int atMost);

    /**
     * Begins to read a gateway's own inbox, from what stands in it.
     *
     * @param reader hears the entries, on any thread but one call at a time; returns at once
     */
    Reading read(String gateway, Reader reader);

    /** Tells one gateway. */
    interface Writer extends AutoCloseable {
        /**
         * Appends an entry; they are read in the order of the appends.
         *
         * @return done when it is there, once or more often; a gateway that does not read loses the oldest
         */
        CompletionStage<Void> append(InboxEntry entry);

        /** Gives up what it holds; what is appended after it fails or is late. */
        @Override
        void close();
    }

    /** Hears what others have told. */
    interface Reader {
        /**
         * An entry. Those of one writer come in their order, though one may come again, and others may be missing
         * ({@link InboxProgress}).
         */
        void entry(InboxEntry entry);
    }

    /** A gateway reading its inbox. Any thread. */
    interface Reading extends AutoCloseable {
        /**
         * What has been heard leaves the inbox now, not only soon: another gateway would act on it if it found it in the
         * inbox of this one, dead.
         */
        void leave();

        /** Ends the reading. */
        @Override
        void close();
    }
}
