// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.link.OutgoingLink;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes numbered entries to one other gateway: over a link while one is open, otherwise into the gateway's inbox.
 *
 * <pre>
 *   INBOX --a link opens; the reader is asked for the last entry--> ASKING --the reader has read it--> LINK
 *     '---- the link breaks, or the reader does not answer for a second: unacknowledged entries go to the inbox ----'
 * </pre>
 *
 * Entries leave in the order of their numbers, and the reader skips an entry that comes by both ways. {@link #append} may be called
 * on any thread; everything else happens on the thread of the routes.
 */
final class EntryWriter implements AutoCloseable, OutgoingLink.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(EntryWriter.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration ASKED_EVERY = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    /** After this many failed attempts to open a link, one warning is logged. */
    private static final int FAILURES_TO_TELL = 3;

    /** With more unread bytes than this, an append completes only when the other gateway has read the entry. */
    private static final int MOST_UNREAD_BYTES = 1024 * 1024;

    private static final CompletableFuture<@Nullable Void> NOTHING = CompletableFuture.completedFuture(null);

    private final Inbox.Writer inbox;
    private final @Nullable Links links;
    private final SessionThread thread;
    private final long name = new SecureRandom().nextLong();

    // All fields belong to the thread of the routes; other threads may read the way.
    private volatile Way way = Way.INBOX;
    private long number;
    private final ArrayDeque<Pending> held = new ArrayDeque<>();
    private final ArrayDeque<Pending> unread = new ArrayDeque<>();
    private long unreadBytes;
    private @Nullable LinkCard card;
    private @Nullable OutgoingLink link;
    private long askedAtNanos;
    private boolean isAsking;
    private int lateBeats;
    private long dialAtNanos;
    private Duration pause = FIRST_PAUSE;
    private int failures;
    private boolean closed;

    /** The way by which entries leave. */
    private enum Way {
        INBOX,
        ASKING,
        LINK
    }

    /** An entry that the other gateway may not have read yet, and the future that completes when it has. */
    private record Pending(InboxEntry entry, CompletableFuture<@Nullable Void> done, long sentAtNanos) {}

    EntryWriter(Inbox.Writer inbox, @Nullable Links links, SessionThread thread) {
        this.inbox = inbox;
        this.links = links;
        this.thread = thread;
    }

    /** Whether entries leave over a link, where small entries cost little and need not be gathered. Any thread. */
    boolean isDirect() {
        return way == Way.LINK;
    }

    /**
     * Appends notes as one entry. Entries are read in the order of the appends. Not to be called before the last append is done.
     *
     * @return done when the entry is in the other gateway's inbox or, over a link, has got as far as is wanted
     */
    CompletableFuture<@Nullable Void> append(List<byte[]> notes, Assurance wanted) {
        if (thread.isCurrent()) {
            return add(notes, wanted);
        }
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.execute(() -> add(notes, wanted).whenComplete((nothing, failure) -> complete(done, failure)));
        return done;
    }

    private CompletableFuture<@Nullable Void> add(List<byte[]> notes, Assurance wanted) {
        InboxEntry entry = InboxEntry.of(name, ++number, notes);
        OutgoingLink open = link;
        if (way == Way.LINK && open != null) {
            return byLink(open, entry, wanted);
        }
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        Pending its = new Pending(entry, done, 0);
        if (way == Way.ASKING) {
            held.add(its);
        } else {
            byInbox(its);
        }
        return done;
    }

    private CompletableFuture<@Nullable Void> byLink(OutgoingLink open, InboxEntry entry, Assurance wanted) {
        Assurance assured = unreadBytes > MOST_UNREAD_BYTES ? Assurance.READ : wanted;
        CompletableFuture<@Nullable Void> done = assured == Assurance.NONE ? NOTHING : new CompletableFuture<>();
        unread.add(new Pending(entry, done, System.nanoTime()));
        unreadBytes += entry.body().length;
        open.send(entry, assured == Assurance.READ);
        if (assured == Assurance.SENT) {
            // After the link has flushed at the end of this turn.
            thread.atTurnEnd(() -> flushed(open, entry.number(), done));
        }
        return done;
    }

    private void flushed(OutgoingLink by, long sent, CompletableFuture<@Nullable Void> done) {
        if (by != link) {
            return; // the link has been given up, and the entry goes by the inbox
        }
        if (by.isFlushed()) {
            done.complete(null);
        } else {
            by.ask(sent);
        }
    }

    private void byInbox(Pending its) {
        inbox.append(its.entry())
                .whenComplete((nothing, failure) -> thread.execute(() -> complete(its.done(), failure)));
    }

    /** The peer's link address and secret have arrived. On the thread of the routes. */
    void invited(LinkCard newCard) {
        if (!newCard.equals(card)) {
            card = newCard;
            giveUp();
            pause = FIRST_PAUSE;
            dialAtNanos = System.nanoTime();
        }
        beat();
    }

    /** How many entries the other gateway has not acknowledged. On the thread of the routes. */
    int unread() {
        return unread.size();
    }

    /** Opens a link, checks that it answers, or gives it up. Called about four times a second on the thread of the routes. */
    void beat() {
        long now = System.nanoTime();
        if (link == null) {
            if (card != null && links != null && !closed && now - dialAtNanos >= 0) {
                askedAtNanos = now;
                isAsking = true;
                link = links.dial(card, name, this);
            }
            return;
        }
        Pending oldest = unread.peek();
        boolean isLate = (isAsking && now - askedAtNanos > PATIENCE.toNanos())
                || (oldest != null && now - oldest.sentAtNanos() > PATIENCE.toNanos());
        // If this gateway itself has stood still, it reads the answer before the second beat.
        lateBeats = isLate ? lateBeats + 1 : 0;
        if (lateBeats > 1) {
            giveUp();
        } else if (way == Way.LINK && !isAsking && now - askedAtNanos > ASKED_EVERY.toNanos()) {
            ask(link);
        }
    }

    @Override
    public void close() {
        thread.execute(() -> {
            closed = true;
            card = null;
            giveUp();
            inbox.close();
        });
    }

    // ---- the link

    @Override
    public void opened(OutgoingLink opened) {
        thread.run(() -> {
            if (opened == link) {
                way = Way.ASKING;
                ask(opened);
            }
        });
    }

    private void ask(OutgoingLink open) {
        askedAtNanos = System.nanoTime();
        isAsking = true;
        open.ask(number - held.size());
    }

    @Override
    public void acknowledged(OutgoingLink from, long read) {
        thread.run(() -> {
            if (from != link) {
                return;
            }
            isAsking = false;
            while (!unread.isEmpty() && unread.element().entry().number() <= read) {
                Pending its = unread.remove();
                unreadBytes -= its.entry().body().length;
                its.done().complete(null);
            }
            if (way == Way.ASKING && read >= number - held.size()) {
                way = Way.LINK;
                pause = FIRST_PAUSE;
                failures = 0;
                while (!held.isEmpty()) {
                    Pending its = held.remove();
                    byLink(from, its.entry(), Assurance.READ)
                            .whenComplete((nothing, failure) -> complete(its.done(), failure));
                }
            }
        });
    }

    @Override
    public void closed(OutgoingLink gone) {
        thread.run(() -> {
            if (gone == link) {
                giveUp();
            }
        });
    }

    /** Gives the link up. Entries that were not acknowledged go to the inbox, and so do all later ones until the next link. */
    private void giveUp() {
        OutgoingLink old = link;
        if (old == null) {
            return;
        }
        link = null;
        isAsking = false;
        old.abort();
        if (way != Way.LINK && ++failures == FAILURES_TO_TELL && card != null) {
            LOG.atWarn()
                    .addKeyValue("address", card)
                    .log(
                            "There is no link to another gateway; it is told everything through Redis (cluster.advertise)");
        }
        dialAtNanos = System.nanoTime() + pause.toNanos();
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        way = Way.INBOX;
        unread.forEach(this::byInbox);
        unread.clear();
        unreadBytes = 0;
        held.forEach(this::byInbox);
        held.clear();
    }

    private static void complete(CompletableFuture<@Nullable Void> done, @Nullable Throwable failure) {
        if (failure == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(failure);
        }
    }
}
