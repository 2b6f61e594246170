// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import java.util.HashMap;
import java.util.Map;

/**
 * The audiences of the topics that one thread publishes to; asked by that thread only. Bounded by the number of members
 * in them, not only by that of topics: to compile one anew costs a small part of delivering to it.
 */
final class AudienceCache {
    private static final int MOST_TOPICS = 8_192;

    private final Routes routes;
    private final int threads;
    private final int mostMembers;
    private final Map<String, Audience> byTopic = new HashMap<>();
    private long members;

    /**
     * Nothing known yet.
     *
     * @param mostMembers in all audiences together; a single one may have more
     */
    AudienceCache(Routes routes, int threads, int mostMembers) {
        this.routes = routes;
        this.threads = threads;
        this.mostMembers = mostMembers;
    }

    Audience of(String topic) {
        Audience known = byTopic.get(topic);
        if (known != null && known.version() == routes.version()) {
            return known;
        }
        Audience compiled = routes.audience(topic, threads);
        int size = compiled.size();
        members -= known == null ? 0 : known.size();
        if (byTopic.size() >= MOST_TOPICS || members + size > mostMembers) {
            byTopic.clear();
            members = 0;
        }
        byTopic.put(topic, compiled);
        members += size;
        return compiled;
    }
}
