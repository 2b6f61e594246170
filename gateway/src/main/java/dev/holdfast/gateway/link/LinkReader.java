// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import dev.holdfast.store.cluster.InboxEntry;

/** Receives the entries of links. Each call comes on the loop of the link that it names. */
public interface LinkReader {
    /** A writer has proved that it knows the secret. */
    void opened(IncomingLink link);

    /**
     * Receives an entry, which may have come before by a link or by the inbox.
     *
     * @param awaited whether the writer waits for the acknowledgement of this entry
     */
    void entry(IncomingLink link, InboxEntry entry, boolean awaited);

    /** The writer asks for an acknowledgement as soon as every entry up to this number has been read. */
    void asked(IncomingLink link, long number);

    /** The link has ended. */
    void closed(IncomingLink link);
}
