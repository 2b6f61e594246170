// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import org.jspecify.annotations.Nullable;

/** Hears what becomes of Redis or parts of it, on a thread of the connection to Redis; returns at once. */
public interface OutageListener {
    /** No server has answered for some seconds; then {@link #answers} comes when one does. */
    void silent(String servers);

    /** Some server answers again. */
    void answers();

    /**
     * Redis refuses what it is asked, and what needs it waits; then {@link #served} comes when it does not any more. On
     * a thread of Redisson's, perhaps.
     *
     * @param kind why, in one word, see {@code LaneMeter.kinds}
     * @param what why, for the operator
     */
    void refused(String kind, String what);

    /** For this reason nothing has been refused for some seconds. */
    void served(String kind);

    /**
     * A part is away, or another one too.
     *
     * @param what all that is away, for the operator
     */
    void away(String what);

    /**
     * What was away, or some of it, is served again: what has been left out meanwhile is to be asked for again.
     *
     * @param what all that is still away; null if nothing is
     */
    void back(@Nullable String what);
}
