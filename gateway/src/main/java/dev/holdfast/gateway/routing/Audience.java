// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.store.Subscription;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Everyone whose subscriptions match one topic, as the routes stood at one version. Immutable; each I/O thread keeps
 * those of the topics it publishes to until the routes change.
 *
 * @param version of the routes it was compiled from
 * @param live clean sessions by the index of their thread, each session once
 * @param kept sessions with a queue in the store, connected or not, each once
 * @param groups shared subscriptions
 * @param gateways others that have clean sessions, each once
 */
record Audience(long version, Member[][] live, Member[] kept, SharedGroup[] groups, String[] gateways) {
    private static final Member[] NO_MEMBERS = {};
    private static final SharedGroup[] NO_GROUPS = {};
    private static final String[] NO_GATEWAYS = {};

    boolean isEmpty() {
        return size() == 0;
    }

    /** How many members it holds. */
    int size() {
        int size = kept.length + groups.length + gateways.length;
        for (Member[] members : live) {
            size += members.length;
        }
        return size;
    }

    /** Collects the matches of a trie and compiles them. */
    static final class Compiler implements Consumer<RouteEntry> {
        private final Map<SessionSlot, List<Subscription>> bySlot = new LinkedHashMap<>();
        private final List<SharedGroup> groups = new ArrayList<>(0);
        private final Set<String> gateways = new LinkedHashSet<>(0);

        @Override
        public void accept(RouteEntry entry) {
            if (entry instanceof Route route) {
                bySlot.merge(route.slot(), List.of(route.subscription()), Compiler::both);
            } else if (entry instanceof SharedGroup group) {
                groups.add(group);
            } else if (entry instanceof RemoteRoute remote) {
                gateways.add(remote.gateway());
            }
        }

        private static List<Subscription> both(List<Subscription> some, List<Subscription> others) {
            List<Subscription> all = new ArrayList<>(some);
            all.addAll(others);
            return all;
        }

        Audience compile(long version, int threads) {
            List<List<Member>> live = new ArrayList<>(threads);
            for (int i = 0; i < threads; i++) {
                live.add(new ArrayList<>(0));
            }
            List<Member> kept = new ArrayList<>(0);
            bySlot.forEach((slot, subscriptions) -> {
                Member member = Member.of(slot, subscriptions);
                Session session = slot.live();
                if (slot.isKept()) {
                    kept.add(member);
                } else if (session != null) {
                    live.get(session.thread().index()).add(member);
                }
            });
            Member[][] byThread = new Member[threads][];
            for (int i = 0; i < threads; i++) {
                byThread[i] = live.get(i).toArray(NO_MEMBERS);
            }
            return new Audience(
                    version,
                    byThread,
                    kept.toArray(NO_MEMBERS),
                    groups.toArray(NO_GROUPS),
                    gateways.toArray(NO_GATEWAYS));
        }
    }
}
