// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import java.util.HashMap;
import java.util.Map;

/** The audiences of the topics that one thread publishes to; asked by that thread only. */
final class AudienceCache {
    private static final int MOST = 8192;

    private final Routes routes;
    private final int threads;
    private final Map<String, Audience> byTopic = new HashMap<>();

    AudienceCache(Routes routes, int threads) {
        this.routes = routes;
        this.threads = threads;
    }

    Audience of(String topic) {
        Audience known = byTopic.get(topic);
        if (known != null && known.version() == routes.version()) {
            return known;
        }
        if (byTopic.size() >= MOST) {
            byTopic.clear();
        }
        Audience compiled = routes.audience(topic, threads);
        byTopic.put(topic, compiled);
        return compiled;
    }
}
