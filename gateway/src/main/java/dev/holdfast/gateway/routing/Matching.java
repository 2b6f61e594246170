// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.Route;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.store.session.EnqueueTarget;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one session that match a topic, folded into one delivery as they are found: each costs the same,
 * however many there are.
 */
final class Matching {
    private final SessionSlot slot;
    private final Fold hearing = new Fold();
    /** Subscriptions with No Local: their own client's messages are not delivered through them; null while there are none. */
    private @Nullable Fold deaf;

    Matching(SessionSlot slot) {
        this.slot = slot;
    }

    SessionSlot slot() {
        return slot;
    }

    void add(Route route) {
        if (!route.noLocal()) {
            hearing.add(route);
            return;
        }
        Fold its = deaf;
        if (its == null) {
            its = new Fold();
            deaf = its;
        }
        its.add(route);
    }

    /** The session as a member of an audience; at least one subscription has been added. */
    Member member() {
        Fold its = deaf;
        if (its == null) {
            return hearing.member(slot, false, null);
        }
        Member asPublisher = hearing.isEmpty() ? null : hearing.member(slot, false, null);
        its.add(hearing);
        return its.member(slot, true, asPublisher);
    }

    /** Some subscriptions as one: the highest QoS, every Subscription Identifier (MQTT 5.0 section 3.3.4). */
    private static final class Fold {
        private static final int FEW = 16;

        private int highestQos = -1;
        private boolean retainAsPublished;
        private int[] identifiers = EnqueueTarget.NO_IDENTIFIERS;
        private int identifierCount;

        boolean isEmpty() {
            return highestQos < 0;
        }

        void add(Route route) {
            highestQos = Math.max(highestQos, route.qos());
            retainAsPublished |= route.retainAsPublished();
            add(route.identifier());
        }

        void add(Fold other) {
            highestQos = Math.max(highestQos, other.highestQos);
            retainAsPublished |= other.retainAsPublished;
            for (int i = 0; i < other.identifierCount; i++) {
                add(other.identifiers[i]);
            }
        }

        private void add(int identifier) {
            // All filters of one SUBSCRIBE have the same.
            if (identifier == 0 || (identifierCount > 0 && identifiers[identifierCount - 1] == identifier)) {
                return;
            }
            if (identifierCount == identifiers.length) {
                identifiers = Arrays.copyOf(identifiers, Math.max(1, 2 * identifierCount));
            }
            identifiers[identifierCount++] = identifier;
        }

        Member member(SessionSlot slot, boolean anyNoLocal, @Nullable Member asPublisher) {
            return new Member(slot, highestQos, retainAsPublished, distinct(), anyNoLocal, asPublisher);
        }

        private int[] distinct() {
            if (identifierCount == 0) {
                return EnqueueTarget.NO_IDENTIFIERS;
            }
            int[] all = Arrays.copyOf(identifiers, identifierCount);
            if (all.length == 1) {
                return all;
            }
            return all.length <= FEW
                    ? Arrays.stream(all).distinct().toArray()
                    : Arrays.stream(all).sorted().distinct().toArray();
        }
    }
}
