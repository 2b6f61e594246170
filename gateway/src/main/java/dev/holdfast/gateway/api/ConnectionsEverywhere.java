// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import dev.holdfast.gateway.api.http.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Asks all gateways whether they are ready, and how many clients they have. Any thread. */
final class ConnectionsEverywhere {
    private final ApiServices services;
    private final Peers peers;

    ConnectionsEverywhere(ApiServices services, Peers peers) {
        this.services = services;
        this.peers = peers;
    }

    /**
     * What they have answered.
     *
     * @param ready how many clients each gateway has that is ready
     * @param isWhole whether all have answered
     */
    record Look(Map<String, Long> ready, boolean isWhole) {}

    CompletionStage<Look> look() {
        return peers.askAll(services.inquiries().gateways(), Json.object().put("ask", "gateway"))
                .thenApply(answers -> {
                    Map<String, Long> ready = new LinkedHashMap<>();
                    answers.forEach((gateway, answer) -> {
                        if (answer.path("ready").asBoolean()) {
                            ready.put(gateway, answer.path("connections").asLong());
                        }
                    });
                    return new Look(ready, answers.values().stream().noneMatch(each -> each.isEmpty()));
                });
    }
}
