// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.session.SessionSlot;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The members of one shared subscription (MQTT 5.0 section 4.8.2). Members come and go under the lock of the routes'
 * group table; choosing needs none.
 */
final class SharedGroup implements RouteEntry {
    private final SharedStrategy strategy;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Route[] members = {};

    SharedGroup(SharedStrategy strategy) {
        this.strategy = strategy;
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

    /** Whether a member other than this one is connected here. */
    boolean hasOtherLive(SessionSlot slot) {
        for (Route member : members) {
            if (member.slot() != slot && member.slot().live() != null) {
                return true;
            }
        }
        return false;
    }

    /** The members in the order in which they are asked for one message. */
    Route[] order(@Nullable String publisher) {
        Route[] all = members;
        if (all.length < 2) {
            return all;
        }
        int start = switch (strategy) {
            // Members that are connected are on this gateway, and are asked before the others in any case.
            case ROUND_ROBIN, LOCAL_FIRST -> Math.floorMod(turn.getAndIncrement(), all.length);
            case RANDOM -> ThreadLocalRandom.current().nextInt(all.length);
            case STICKY -> 0;
            case HASH_CLIENT_ID -> Math.floorMod(publisher == null ? 0 : publisher.hashCode(), all.length);
        };
        Route[] ordered = new Route[all.length];
        System.arraycopy(all, start, ordered, 0, all.length - start);
        System.arraycopy(all, 0, ordered, all.length - start, start);
        return ordered;
    }
}
