// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an attach.
 *
 * @param ref the fencing reference for every later operation
 * @param sessionPresent whether a kept session was resumed
 * @param displaced the connection that had the session until now and must be closed, or null; its gateway may be the
 *     asking one itself
 * @param subscriptions what the resumed session subscribes to
 * @param firstSeq the lowest seq that is not acknowledged; equals {@code nextSeq} when the queue is empty
 * @param nextSeq the seq the next queued message will get, at least 1
 * @param sentMark the highest seq that may have been sent before; those up to it are resent with DUP = 1 [MQTT-3.3.1-1]
 * @param inboundPacketIds the QoS 2 packet identifiers received and not released [MQTT-4.3.3-10]
 * @param discarded the session that ended with this attach, by clean start or because it was over already, or
 *     null if there was none
 */
public record Attached(
        SessionRef ref,
        boolean sessionPresent,
        @Nullable Displaced displaced,
        List<Subscription> subscriptions,
        long firstSeq,
        long nextSeq,
        long sentMark,
        List<Integer> inboundPacketIds,
        @Nullable Erased discarded) {
    /** The gateway of the displaced connection, or null. */
    public @Nullable String displacedGateway() {
        return displaced == null ? null : displaced.gateway();
    }
}
