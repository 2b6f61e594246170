// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.SessionStore;
import java.util.Objects;

/**
 * The subscriptions of kept sessions whose part of the store is away. A gateway that starts meanwhile cannot read them from the store
 * and would acknowledge messages without queueing them for these sessions. So the gateways that know the subscriptions tell it. On the
 * thread of the routes.
 */
public final class AwaySubscriptions {
    private final SessionStore store;
    private final Sessions sessions;

    /** The subscriptions of these sessions that this store cannot give now. */
    public AwaySubscriptions(SessionStore store, Sessions sessions) {
        this.store = store;
        this.sessions = sessions;
    }

    /**
     * Sends all of these subscriptions to one other gateway.
     *
     * @param self the name of this gateway among the gateways
     */
    public void tellAll(Outbox outbox, String self) {
        for (SessionSlot slot : sessions.kept()) {
            if (slot.subscriptionCount() > 0 && store.isAway(slot.clientId())) {
                String owner = slot.live() == null ? Objects.requireNonNullElse(slot.owner(), self) : self;
                for (Subscription subscription : slot.subscriptions()) {
                    // With the session's first epoch, so that any note from its owner counts as later.
                    outbox.send(NoteCodec.encode(
                            new Note.Subscribed(owner, slot.clientId(), slot.born(), slot.born(), subscription)));
                }
            }
        }
    }
}
