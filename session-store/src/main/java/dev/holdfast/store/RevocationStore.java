// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The revocations that all gateways of a store share, each until its end. A gateway holds a copy of its own, so that
 * asking costs nothing, and keeps it up to date with {@link #changesSince}.
 */
public interface RevocationStore extends AutoCloseable {

    /**
     * Adds one, in place of what was known of the same key; the later of the two times counts while that one holds.
     *
     * @return whether it was kept; false when the number of revocations has reached its limit
     */
    CompletionStage<Boolean> revoke(Revocation revocation);

    /**
     * Takes one back. That it was taken back is remembered until its end, for gateways that look later.
     *
     * @return whether there was one
     */
    CompletionStage<Boolean> lift(Revocation.Key key);

    /**
     * What has changed, the oldest first. Of several changes of one key only the last is told, and nothing of what has
     * ended.
     *
     * @param version as of when: what an earlier answer said, 0 for everything. A store that has lost its data since
     *     tells everything it has
     */
    CompletionStage<Changes> changesSince(long version, int atMost);

    /** Gives up what the store holds of this process. */
    @Override
    void close();

    /**
     * A revocation as it stands now.
     *
     * @param lifted whether it has been taken back
     */
    record Change(Revocation revocation, boolean lifted) {}

    /**
     * Changes.
     *
     * @param version where to go on
     * @param isAll whether there were no more
     */
    record Changes(List<Change> changes, long version, boolean isAll) {}
}
