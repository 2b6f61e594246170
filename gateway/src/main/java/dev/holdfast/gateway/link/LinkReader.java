// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import dev.holdfast.store.cluster.InboxEntry;

/** Hears what comes by links. Each call on the loop of the link that it names. */
public interface LinkReader {
    /** A writer has proved that it belongs. */
    void opened(IncomingLink link);

    /**
     * An entry; it may have come before, by whatever way.
     *
     * @param awaited whether the writer waits to hear that it has been read
     */
    void entry(IncomingLink link, InboxEntry entry, boolean awaited);

    /** The writer wants to hear of it as soon as everything up to a number has been read. */
    void asked(IncomingLink link, long number);

    /** Nothing comes by this link any more. */
    void closed(IncomingLink link);
}
