// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.SessionStore;
import java.util.Objects;

/**
 * What kept sessions subscribe to whose part of the store is away. A gateway that starts meanwhile cannot read it there, and
 * would acknowledge what it does not know to be theirs: those that know it tell. On the thread of the routes.
 */
final class AwaySubscriptions {
    private final SessionStore store;
    private final Sessions sessions;

    AwaySubscriptions(SessionStore store, Sessions sessions) {
        this.store = store;
        this.sessions = sessions;
    }

    /**
     * Tells one other gateway of all of them.
     *
     * @param self who this gateway is to the others
     */
    void tellAll(Outbox outbox, String self) {
        for (SessionSlot slot : sessions.kept()) {
            if (slot.subscriptionCount() > 0 && store.isAway(slot.clientId())) {
                String owner = slot.live() == null ? Objects.requireNonNullElse(slot.owner(), self) : self;
                for (Subscription subscription : slot.subscriptions()) {
                    // With the first epoch it had: whatever is told by its owner is later.
                    outbox.send(NoteCodec.encode(
                            new Note.Subscribed(owner, slot.clientId(), slot.born(), slot.born(), subscription)));
                }
            }
        }
    }
}
