// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.log;

/** Which filters are wide: those have a log, which new subscriptions with that filter read. Any thread. */
public interface WideFilters {
    /** Whether there is a log for this filter, or so many subscriptions with it that it is to have one. */
    boolean isWide(String filter);

    /** The store may have lost logs, and other gateways may not know of some any more. */
    void doubted();

    /**
     * There is a log for this filter: messages that match it are to be appended there, by every gateway.
     *
     * @param begun the index with which the log began: one that begins again has another
     */
    void hasLog(String filter, long begun);
}
