// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.Route;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.topic.TrieEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who would get a message on a topic, as one gateway knows it: all kept sessions, its own clean ones, and which other gateways
 * have clean ones.
 *
 * @param sessions those with a subscription of their own
 * @param groups shared subscriptions
 * @param gateways others with clean sessions that match; to be asked for them
 * @param logs wide filters that match: no gateway knows which sessions read their logs
 * @param sessionCount how many sessions there are, those beyond the bound included
 */
public record Listeners(
        List<Listener> sessions, List<Group> groups, Set<String> gateways, List<String> logs, int sessionCount) {
    /**
     * A session that matches.
     *
     * @param filters of its subscriptions that match
     * @param qos the highest that was granted to one of them
     * @param isHere whether its client is connected to this gateway
     * @param owner the gateway where the client was last seen, if that is another one, or null
     */
    public record Listener(
            String clientId,
            boolean isKept,
            List<String> filters,
            int qos,
            boolean isHere,
            @Nullable String owner) {}

    /**
     * A shared subscription that matches: one of its members gets the message.
     *
     * @param filter {@code $share/group/} included
     * @param members all kept ones, and the clean ones here
     * @param gateways others with clean members
     * @param memberCount how many members there are, those beyond the bound included
     */
    public record Group(String filter, List<Listener> members, Set<String> gateways, int memberCount) {}

    /** Collects the matches of a trie, as many as are wanted. */
    static final class Collector {
        private final int atMost;
        private final Map<SessionSlot, List<Route>> bySlot = new LinkedHashMap<>();
        private final List<SharedGroup> shared = new ArrayList<>();
        private final Set<String> others = new LinkedHashSet<>();
        private final List<String> logs = new ArrayList<>();

        Collector(int atMost) {
            this.atMost = atMost;
        }

        void accept(TrieEntry entry) {
            if (entry instanceof Route route && !route.slot().isWithdrawn()) {
                bySlot.computeIfAbsent(route.slot(), slot -> new ArrayList<>(1)).add(route);
            } else if (entry instanceof SharedGroup group) {
                shared.add(group);
            } else if (entry instanceof RemoteRoute remote) {
                others.add(remote.gateway());
            } else if (entry instanceof LogRoute log) {
                logs.add(log.filter());
            }
        }

        Listeners collected() {
            List<Listener> sessions = bySlot.values().stream()
                    .limit(atMost)
                    .map(Collector::listener)
                    .toList();
            List<Group> groups = shared.stream().limit(atMost).map(this::group).toList();
            return new Listeners(sessions, groups, others, logs, bySlot.size());
        }

        private Group group(SharedGroup group) {
            TrieEntry[] all = group.all();
            List<Listener> members = new ArrayList<>();
            Set<String> gateways = new LinkedHashSet<>();
            int count = 0;
            for (TrieEntry each : all) {
                if (each instanceof RemoteRoute remote) {
                    gateways.add(remote.gateway());
                } else if (each instanceof Route route) {
                    count++;
                    if (members.size() < atMost) {
                        members.add(listener(List.of(route)));
                    }
                }
            }
            return new Group(group.fullFilter(), members, gateways, count);
        }

        private static Listener listener(List<Route> routes) {
            SessionSlot slot = routes.get(0).slot();
            boolean isHere = slot.live() != null;
            return new Listener(
                    slot.clientId(),
                    slot.isKept(),
                    routes.stream().map(Route::filter).toList(),
                    routes.stream().mapToInt(Route::qos).max().orElse(0),
                    isHere,
                    isHere ? null : slot.owner());
        }
    }
}
