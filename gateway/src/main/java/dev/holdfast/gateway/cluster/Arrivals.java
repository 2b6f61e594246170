// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.routing.Publication;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes each note of another gateway to the thread it is for: messages to their sessions, one topic always
 * by the same thread so that its order stays; all about routes, in order, to one thread.
 */
final class Arrivals implements InboxReader.Listener {
    private final Sessions sessions;
    private final Router router;
    private final List<? extends SessionThread> threads;
    private final Succession aboutTakeovers;
    private final Consumer<Note> aboutRoutes;
    private final Runnable onLoss;

    Arrivals(
            Sessions sessions,
            Router router,
            List<? extends SessionThread> threads,
            Succession aboutTakeovers,
            Consumer<Note> aboutRoutes,
            Runnable onLoss) {
        this.sessions = sessions;
        this.router = router;
        this.threads = threads;
        this.aboutTakeovers = aboutTakeovers;
        this.aboutRoutes = aboutRoutes;
        this.onLoss = onLoss;
    }

    @Override
    public boolean notes(List<byte[]> notes) {
        boolean isInheritable = false;
        for (byte[] bytes : notes) {
            Note note = NoteCodec.decode(bytes);
            if (note != null) {
                take(note);
                isInheritable |= note instanceof Note.Shared || note instanceof Note.Direct;
            }
        }
        return isInheritable;
    }

    /** Notes for a gateway that is dead: its connections are gone, but others may do for them. */
    void inherited(List<byte[]> notes) {
        for (byte[] bytes : notes) {
            Note note = NoteCodec.decode(bytes);
            if (note instanceof Note.Shared one) {
                SessionThread thread = threadOf(one.message());
                thread.execute(() -> router.sharedElsewhere(one.filter(), one.message(), one.publisher(), 0));
            } else if (note instanceof Note.Direct one) {
                absent(one.target(), one.message(), 0);
            }
        }
    }

    @Override
    public void lost() {
        threads.get(0).execute(onLoss);
    }

    private void take(Note note) {
        if (note instanceof Note.Publications one) {
            publications(one.all());
        } else if (note instanceof Note.Queued one) {
            queued(one);
        } else if (note instanceof Note.Direct one) {
            direct(one.target(), one.hops(), one.message());
        } else if (note instanceof Note.Shared one) {
            SessionThread thread = threadOf(one.message());
            thread.execute(() -> router.sharedElsewhere(one.filter(), one.message(), one.publisher(), one.hops()));
        } else if (note instanceof Note.Displaced one) {
            aboutTakeovers.displaced(one);
        } else if (note instanceof Note.Over one) {
            aboutTakeovers.over(one);
        } else {
            threads.get(0).execute(() -> aboutRoutes.accept(note));
        }
    }

    private void publications(List<Publication> all) {
        List<List<Publication>> byThread = new ArrayList<>(threads.size());
        threads.forEach(thread -> byThread.add(new ArrayList<>()));
        for (Publication each : all) {
            byThread.get(threadOf(each.message()).index()).add(each);
        }
        for (SessionThread thread : threads) {
            List<Publication> its = byThread.get(thread.index());
            if (!its.isEmpty()) {
                thread.execute(() -> router.publishedElsewhere(thread, its));
            }
        }
    }

    private SessionThread threadOf(Message message) {
        return threads.get(Math.floorMod(message.topic().hashCode(), threads.size()));
    }

    /** If the session is not here any more, whoever has it finds the message in its queue. */
    private void queued(Note.Queued note) {
        EnqueueTarget target = note.target();
        SessionSlot slot = slotOf(target);
        if (slot != null) {
            slot.queued(note.seq(), target, note.message(), note.dropped());
        }
    }

    private void direct(EnqueueTarget target, int hops, Message message) {
        SessionSlot slot = slotOf(target);
        Session session = slot == null ? null : slot.live();
        if (session == null) {
            absent(target, message, hops);
            return;
        }
        session.thread().execute(() -> {
            if (session.isClosed() && target.share() != null) {
                absent(target, message, hops);
            } else {
                // One that has closed meanwhile drops it: those behind it may be queued already.
                session.deliver(message, target.qos(), target.retain(), target.subscriptionIdentifiers(), null);
            }
        });
    }

    /** A QoS 0 message for a session that is not here: another member has it, or its queue. */
    private void absent(EnqueueTarget target, Message message, int hops) {
        String share = target.share();
        if (share == null) {
            router.queueForAbsent(slotOf(target), target, message);
        } else {
            threadOf(message).execute(() -> router.sharedElsewhere(share, message, null, hops));
        }
    }

    /** The place of the very session that is meant, or null if it is not known here. */
    private @Nullable SessionSlot slotOf(EnqueueTarget target) {
        SessionSlot slot = sessions.find(target.clientId());
        return slot != null && slot.born() == target.born() ? slot : null;
    }
}
