// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What gateways tell each other: each has one inbox that all append to and that it alone empties. Notes are hints,
 * bounded in number: what must not be lost stands in a session's queue.
 */
public interface Inbox {

    /** What appends to a gateway's inbox: one for each, or its reader cannot tell that notes were lost in between. */
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
     * @param reader hears the notes in their order, on any thread but one call at a time; returns at once
     * @return what ends the reading
     */
    AutoCloseable read(String gateway, Reader reader);

    /** Tells one gateway. */
    interface Writer extends AutoCloseable {
        /**
         * Appends notes, to be read in the order of the appends; several notes are one entry.
         *
         * @return done when they are there, to be read once; a gateway that does not read loses the oldest
         */
        CompletionStage<Void> append(List<byte[]> notes);

        /** Gives up what it holds; what is appended after it fails or is late. */
        @Override
        void close();
    }

    /** Hears what others have told. */
    interface Reader {
        /**
         * Some notes, in their order.
         *
         * @return whether another gateway would act on one of them if it found them in the inbox of this one, dead: then
         *     they leave the inbox at once, otherwise soon
         */
        boolean notes(List<byte[]> notes);

        /** Notes have been lost before those that come next: the reader has to look for itself. */
        void lost();
    }
}
