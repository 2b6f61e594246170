// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

import java.util.List;

/**
 * Some messages of a log, in the order of their indexes.
 *
 * @param ends where the log stands
 * @param entries the messages; empty if there is none from the index asked for
 */
public record LogPage(LogEnds ends, List<LogEntry> entries) {
    /** Copies the list. */
    public LogPage {
        entries = List.copyOf(entries);
    }
}
