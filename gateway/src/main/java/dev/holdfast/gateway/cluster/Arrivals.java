// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.cluster.entries.InboxReader;
import dev.holdfast.gateway.cluster.member.Succession;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.routing.Publication;
import dev.holdfast.gateway.routing.Router;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands each note from another gateway to the thread that has to act on it. Messages go to the router and to sessions; all
 * messages of one topic go through the same thread, which keeps their order. Notes about routes go to the first I/O thread, in
 * the order in which they came.
 */
final class Arrivals implements InboxReader.Listener {
    private final Sessions sessions;
    private final Router router;
    private final Logs logs;
    private final List<? extends SessionThread> threads;
    private final Succession aboutTakeovers;
    private final Consumer<Note> aboutRoutes;
    private final Runnable onLoss;

    Arrivals(
            Sessions sessions,
            Router router,
            Logs logs,
            List<? extends SessionThread> threads,
            Succession aboutTakeovers,
            Consumer<Note> aboutRoutes,
            Runnable onLoss) {
        this.sessions = sessions;
        this.router = router;
        this.logs = logs;
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

    /** Notes that were left in the inbox of a dead gateway. Its connections are gone; another member may get their messages. */
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
        } else if (note instanceof Note.LogGrown one) {
            logs.heard(one.filter(), one.index(), threads);
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

    /** If the session has moved to another gateway, that gateway finds the message in the session's queue. */
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
                // A session that has closed meanwhile drops the message: later ones may be in its queue already.
                session.outbound()
                        .deliver(message, target.qos(), target.retain(), target.subscriptionIdentifiers(), null);
            }
        });
    }

    /** A QoS 0 message for a session that is not here: another member of the share gets it, else the session's queue. */
    private void absent(EnqueueTarget target, Message message, int hops) {
        String share = target.share();
        if (share == null) {
            router.queueForAbsent(slotOf(target), target, message);
        } else {
            threadOf(message).execute(() -> router.sharedElsewhere(share, message, null, hops));
        }
    }

    /** The slot of exactly the session that the target names, or null if this gateway does not know it. */
    private @Nullable SessionSlot slotOf(EnqueueTarget target) {
        SessionSlot slot = sessions.find(target.clientId());
        return slot != null && slot.born() == target.born() ? slot : null;
    }
}
