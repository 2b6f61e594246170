// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Json;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** How many clients are connected to any gateway, as this one has last heard: it asks when it is asked. Any thread. */
final class OnlineEverywhere implements LongSupplier {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ApiServices services;
    private final Peers peers;
    private final AtomicLong askedNanos = new AtomicLong(System.nanoTime() - FRESH_NANOS);
    private volatile long others;

    OnlineEverywhere(ApiServices services, Peers peers) {
        this.services = services;
        this.peers = peers;
    }

    @Override
    public long getAsLong() {
        long now = System.nanoTime();
        long asked = askedNanos.get();
        if (now - asked >= FRESH_NANOS && askedNanos.compareAndSet(asked, now)) {
            String self = services.inquiries().self();
            ObjectNode question = Json.object().put("ask", "online");
            peers.askAll(services.inquiries().gateways(), question).thenAccept(answers -> {
                answers.remove(self);
                others = answers.values().stream()
                        .mapToLong(each -> each.path("online").asLong())
                        .sum();
            });
        }
        return others + services.sessions().online();
    }
}
