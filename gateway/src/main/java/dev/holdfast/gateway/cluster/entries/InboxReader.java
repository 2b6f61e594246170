// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

import dev.holdfast.gateway.link.IncomingLink;
import dev.holdfast.gateway.link.LinkReader;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import dev.holdfast.store.cluster.InboxProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries that other gateways write, from this gateway's inbox and from links: each entry once, and those of one writer in
 * their order. Entries arrive on any thread and are read on the thread of the routes.
 */
public final class InboxReader implements Inbox.Reader, LinkReader {
    /** A writer keeps entries until they are acknowledged: with more bytes than this, the reader acknowledges early. */
    private static final int MOST_UNACKNOWLEDGED_BYTES = 256 * 1024;

    private final Listener listener;
    private final SessionThread thread;
    private final InboxProgress progress = new InboxProgress();
    private final Map<Long, LinkProgress> links = new HashMap<>();
    private final List<LinkProgress> due = new ArrayList<>();
    private final Runnable acknowledge = this::acknowledgeDue;
    private Inbox.@Nullable Reading reading;
    private boolean leaving;

    /** Receives the notes of the entries, on the thread of the routes. */
    public interface Listener {
        /**
         * Receives the notes of one entry, in their order.
         *
         * @return whether another gateway would act on one of the notes if this gateway died and left them in its inbox
         */
        boolean notes(List<byte[]> notes);

        /** Entries have been lost before the next one: the listener has to read the store. */
        void lost();
    }

    /** A link, and how much of it has been read and acknowledged. */
    private static final class LinkProgress {
        final IncomingLink link;
        long acknowledged;
        long read;
        long asked = -1;
        int bytes;
        boolean isDue;

        LinkProgress(IncomingLink link, long read) {
            this.link = link;
            this.read = read;
        }
    }

    /** A reader that hands notes to this listener, on the thread of the routes. */
    public InboxReader(Listener listener, SessionThread thread) {
        this.listener = listener;
        this.thread = thread;
    }

    /** Sets the inbox that is read now; null for none. On the thread of the routes. */
    public void reads(Inbox.@Nullable Reading inbox) {
        reading = inbox;
    }

    /** Acknowledges what was read and what no writer waits for. Called about four times a second on the thread of the routes. */
    public void beat() {
        for (LinkProgress its : links.values()) {
            if (its.read > its.acknowledged) {
                due(its);
            }
        }
    }

    // ---- the inbox

    @Override
    public void entry(InboxEntry entry) {
        thread.execute(() -> {
            if (take(entry) && !leaving) {
                leaving = true;
                thread.atTurnEnd(this::leave);
            }
        });
    }

    private void leave() {
        leaving = false;
        Inbox.Reading now = reading;
        if (now != null) {
            now.leave();
        }
    }

    // ---- the links

    @Override
    public void opened(IncomingLink link) {
        thread.run(() -> {
            long writer = link.writer();
            links.put(writer, new LinkProgress(link, progress.of(writer)));
        });
    }

    @Override
    public void closed(IncomingLink link) {
        thread.run(() -> {
            LinkProgress its = links.get(link.writer());
            if (its != null && its.link == link) {
                links.remove(link.writer());
            }
        });
    }

    @Override
    public void entry(IncomingLink link, InboxEntry entry, boolean awaited) {
        thread.run(() -> {
            // Unacknowledged, the entry would go to the inbox, where another gateway acts on it if this one dies.
            boolean isInheritable = take(entry);
            LinkProgress its = links.get(entry.writer());
            if (its != null) {
                its.bytes += entry.body().length;
                if (awaited || isInheritable || its.bytes > MOST_UNACKNOWLEDGED_BYTES) {
                    due(its);
                }
            }
        });
    }

    @Override
    public void asked(IncomingLink link, long number) {
        thread.run(() -> {
            LinkProgress its = links.get(link.writer());
            if (its != null) {
                its.asked = number;
                answer(its);
            }
        });
    }

    private void answer(LinkProgress its) {
        if (its.asked >= 0 && its.read >= its.asked) {
            its.asked = -1;
            due(its);
        }
    }

    private void due(LinkProgress its) {
        if (!its.isDue) {
            its.isDue = true;
            if (due.isEmpty()) {
                thread.atTurnEnd(acknowledge);
            }
            due.add(its);
        }
    }

    private void acknowledgeDue() {
        for (LinkProgress its : due) {
            its.isDue = false;
            its.bytes = 0;
            its.acknowledged = its.read;
            its.link.acknowledge(its.read);
        }
        due.clear();
    }

    // ---- the inbox and the links

    /** Reads an entry; returns what {@link Listener#notes} has answered. */
    private boolean take(InboxEntry entry) {
        InboxProgress.Step step = progress.step(entry);
        if (step == InboxProgress.Step.AGAIN) {
            return false;
        }
        LinkProgress its = links.get(entry.writer());
        if (its != null) {
            its.read = entry.number();
            answer(its);
        }
        if (step == InboxProgress.Step.AFTER_A_GAP) {
            listener.lost();
        }
        return listener.notes(entry.notes());
    }
}
