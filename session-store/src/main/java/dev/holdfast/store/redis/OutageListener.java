// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import org.jspecify.annotations.Nullable;

/** Hears when Redis, or a part of a cluster, goes away, refuses calls, and comes back. On a thread of the connection; returns at once. */
public interface OutageListener {
    /** No server has answered for some seconds. {@link #answers} follows when one does. */
    void silent(String servers);

    /** Some server answers again. */
    void answers();

    /**
     * Redis refuses calls of a kind, and their callers wait. {@link #served} follows when it does not refuse them any more. Perhaps
     * on a thread of Redisson.
     *
     * @param kind why, in one word, see {@code LaneMeter.kinds}
     * @param what why, for the operator
     */
    void refused(String kind, String what);

    /** Nothing has been refused for this reason for some seconds. */
    void served(String kind);

    /**
     * A part of the cluster is away, or one more part.
     *
     * @param what all parts that are away, in words for the operator
     */
    void away(String what);

    /**
     * A part that was away is served again: what was left out of answers meanwhile is to be asked for again.
     *
     * @param what all parts that are still away, in words for the operator; null if none is
     */
    void back(@Nullable String what);
}
