// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.session.Route;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.topic.SharedFilter;
import dev.holdfast.gateway.topic.TrieEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The members of one shared subscription (MQTT 5.0 section 4.8.2). Members come and go under the lock of the routes'
 * group table; choosing needs none.
 */
final class SharedGroup extends TrieEntry {
    private static final int MOST_TURNS = 64;

    private final SharedStrategy strategy;
    private final String fullFilter;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Route[] members = {};
    private volatile RemoteRoute[] elsewhere = {};

    /**
     * A group without members.
     *
     * @param shared the filter of its messages
     * @param fullFilter as its members send it, {@code $share/group/} included
     */
    SharedGroup(SharedStrategy strategy, SharedFilter shared, String fullFilter) {
        super(shared.filter());
        this.strategy = strategy;
        this.fullFilter = fullFilter;
    }

    /** As its members send it, {@code $share/group/} included. */
    String fullFilter() {
        return fullFilter;
    }

    @Override
    public Object key() {
        return fullFilter;
    }

    void join(Route route) {
        Route[] before = members;
        for (int i = 0; i < before.length; i++) {
            if (before[i].slot() == route.slot()) {
                Route[] replaced = before.clone();
                replaced[i] = route;
                members = replaced;
                return;
            }
        }
        Route[] more = Arrays.copyOf(before, before.length + 1);
        more[before.length] = route;
        members = more;
    }

    void leave(SessionSlot slot) {
        members = Arrays.stream(members).filter(member -> member.slot() != slot).toArray(Route[]::new);
    }

    int size() {
        return members.length;
    }

    boolean isEmpty() {
        return members.length == 0 && elsewhere.length == 0;
    }

    /** Notes how many clean members another gateway has: the gateway has that many turns in a round. */
    void elsewhere(RemoteRoute route, int count) {
        List<RemoteRoute> all = new ArrayList<>(List.of(elsewhere));
        all.removeIf(known -> known.gateway().equals(route.gateway()));
        all.addAll(Collections.nCopies(Math.min(count, MOST_TURNS), route));
        elsewhere = all.toArray(new RemoteRoute[0]);
    }

    /**
     * Whether a member other than this one is connected.
     *
     * @param isElsewhere whether a session is connected to another gateway
     */
    boolean hasOtherLive(SessionSlot slot, Predicate<SessionSlot> isElsewhere) {
        if (elsewhere.length > 0) {
            return true;
        }
        for (Route member : members) {
            SessionSlot other = member.slot();
            if (other != slot && !other.isWithdrawn() && (other.live() != null || isElsewhere.test(other))) {
                return true;
            }
        }
        return false;
    }

    /** The members here, and other gateways as often as they have some. */
    TrieEntry[] all() {
        Route[] here = members;
        RemoteRoute[] there = elsewhere;
        TrieEntry[] all = Arrays.copyOf(here, here.length + there.length, TrieEntry[].class);
        System.arraycopy(there, 0, all, here.length, there.length);
        return all;
    }

    /** The members in the order in which they are asked for one message. */
    TrieEntry[] order(@Nullable String publisher) {
        Route[] here = members;
        RemoteRoute[] there = elsewhere;
        TrieEntry[] all = here;
        if (there.length > 0) {
            all = new TrieEntry[here.length + there.length];
            System.arraycopy(here, 0, all, 0, here.length);
            System.arraycopy(there, 0, all, here.length, there.length);
        }
        if (all.length < 2) {
            return all;
        }
        int start = switch (strategy) {
            case ROUND_ROBIN -> Math.floorMod(turn.getAndIncrement(), all.length);
            // Those elsewhere stand last.
            case LOCAL_FIRST -> here.length == 0 ? 0 : Math.floorMod(turn.getAndIncrement(), here.length);
            case RANDOM -> ThreadLocalRandom.current().nextInt(all.length);
            case STICKY -> 0;
            case HASH_CLIENT_ID -> Math.floorMod(publisher == null ? 0 : publisher.hashCode(), all.length);
        };
        TrieEntry[] ordered = new TrieEntry[all.length];
        int rotated = strategy == SharedStrategy.LOCAL_FIRST && here.length > 0 ? here.length : all.length;
        System.arraycopy(all, start, ordered, 0, rotated - start);
        System.arraycopy(all, 0, ordered, rotated - start, start);
        System.arraycopy(all, rotated, ordered, rotated, all.length - rotated);
        return ordered;
    }
}
