// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.QueueWalk.Totals;
import dev.holdfast.gateway.api.http.Json;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the queues of all kept sessions, as this gateway has last heard. The gateway with the lowest name alone walks over the
 * sessions; the others ask it, when they are asked. Any thread.
 */
final class QueuesEverywhere {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ApiServices services;
    private final Peers peers;
    private final AtomicLong askedNanos = new AtomicLong(System.nanoTime() - FRESH_NANOS);
    private volatile @Nullable Totals heard;

    QueuesEverywhere(ApiServices services, Peers peers) {
        this.services = services;
        this.peers = peers;
    }

    /** The sums as last heard, or null before the first walk is over; asks for newer ones. */
    @Nullable
    Totals last() {
        String walker = services.inquiries().gateways().iterator().next();
        if (walker.equals(services.inquiries().self())) {
            return peers.queueWalk().last();
        }
        long now = System.nanoTime();
        long asked = askedNanos.get();
        if (now - asked >= FRESH_NANOS && askedNanos.compareAndSet(asked, now)) {
            peers.ask(walker, Json.object().put("ask", "queues")).thenAccept(this::hear);
        }
        return heard;
    }

    private void hear(ObjectNode answer) {
        if (answer.has("messages")) {
            long ageNanos = (long) (answer.path("ageSeconds").asDouble() * 1e9);
            heard = new Totals(
                    answer.path("messages").asLong(), answer.path("bytes").asLong(), System.nanoTime() - ageNanos);
        }
    }
}
