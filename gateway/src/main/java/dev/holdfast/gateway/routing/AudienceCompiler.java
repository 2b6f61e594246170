// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.Route;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.topic.SubscriptionSearch;
import dev.holdfast.gateway.topic.TrieEntry;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the {@link Audience} of one topic, some of it at a time: first whose subscriptions match, then what each of
 * these sessions is to be given. On one thread.
 */
final class AudienceCompiler {
    private static final Member[] NO_MEMBERS = {};
    private static final SharedGroup[] NO_GROUPS = {};
    private static final String[] NO_GATEWAYS = {};
    private static final LogRoute[] NO_LOGS = {};
    /** How many steps a search may take before its publisher pays: enough for a topic of six levels with any wildcards. */
    static final int USUAL_STEPS = 256;
    /** How many subscriptions of one session may match one topic before the publisher pays for more. */
    private static final int USUAL_OVERLAP = 16;

    private final long version;
    private final SubscriptionSearch<TrieEntry> search;
    private final Consumer<TrieEntry> found = this::found;
    private final Map<SessionSlot, Matching> bySlot = new LinkedHashMap<>();
    private final List<List<Member>> live;
    private final List<Member> kept = new ArrayList<>(0);
    private final List<SharedGroup> groups = new ArrayList<>(0);
    private final Set<String> gateways = new LinkedHashSet<>(0);
    private final List<LogRoute> logs = new ArrayList<>(0);
    private @Nullable Iterator<Matching> unfolded;
    private long steps;

    /**
     * A compiler that has not begun.
     *
     * @param version of the routes, read before the search was made
     * @param threads how many I/O threads there are
     */
    AudienceCompiler(long version, SubscriptionSearch<TrieEntry> search, int threads) {
        this.version = version;
        this.search = search;
        this.live = new ArrayList<>(threads);
        for (int i = 0; i < threads; i++) {
            live.add(new ArrayList<>(0));
        }
    }

    /**
     * Continues the search for at most this many steps, some 10 to 60 ns each.
     *
     * @return the audience, or null if there is more to be done
     */
    @Nullable
    Audience advance(int mostSteps) {
        int taken = search.advance(mostSteps, found);
        steps += taken;
        if (!search.isDone()) {
            return null;
        }
        Iterator<Matching> matching = unfolded;
        if (matching == null) {
            matching = bySlot.values().iterator();
            unfolded = matching;
        }
        for (; taken < mostSteps && matching.hasNext(); taken++) {
            fold(matching.next());
        }
        return matching.hasNext() ? null : audience();
    }

    private void found(TrieEntry entry) {
        if (entry instanceof Route route) {
            bySlot.computeIfAbsent(route.slot(), Matching::new).add(route);
        } else if (entry instanceof SharedGroup group) {
            groups.add(group);
        } else if (entry instanceof RemoteRoute remote) {
            gateways.add(remote.gateway());
        } else if (entry instanceof LogRoute log) {
            logs.add(log);
        }
    }

    private void fold(Matching matching) {
        SessionSlot slot = matching.slot();
        Session session = slot.live();
        if (slot.isWithdrawn()) {
            return;
        }
        if (slot.isKept()) {
            kept.add(matching.member());
        } else if (session != null) {
            live.get(session.thread().index()).add(matching.member());
        }
    }

    private Audience audience() {
        Member[][] byThread = new Member[live.size()][];
        for (int i = 0; i < byThread.length; i++) {
            byThread[i] = live.get(i).toArray(NO_MEMBERS);
        }
        return Audience.of(
                version,
                byThread,
                kept.toArray(NO_MEMBERS),
                groups.toArray(NO_GROUPS),
                gateways.toArray(NO_GATEWAYS),
                logs.toArray(NO_LOGS));
    }

    /** How many steps the search has taken beyond what an audience of this size usually needs: the publisher pays for them. */
    long vainSteps() {
        long found = (long) bySlot.size() + groups.size() + gateways.size() + logs.size();
        return Math.max(0, steps - USUAL_STEPS - USUAL_OVERLAP * found);
    }
}
