// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.entries.InboxReader;
import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.member.Lease;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.cluster.Inbox;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns the routes of the other gateways: reads the subscriptions of kept sessions from the store, and sends each living gateway a
 * {@link Note.Hello}, which that gateway answers with the subscriptions of its clean sessions. On the thread of the routes.
 */
public final class Learning {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final Logger LOG = LoggerFactory.getLogger(Learning.class);

    private final Inbox inbox;
    private final InboxReader reader;
    private final @Nullable Links links;
    private final Lease lease;
    private final RouteBook book;
    private final Function<String, Outbox> outboxes;
    private final SessionThread thread;
    private final Set<String> greeted = new HashSet<>();
    private final Set<String> unanswered = new HashSet<>();
    private CompletableFuture<@Nullable Void> allAnswered = CompletableFuture.completedFuture(null);
    private Inbox.@Nullable Reading reading;
    private @Nullable LinkCard card;
    private boolean loading;
    private boolean loadOnceMore;

    /** A gateway that has not begun to read its inbox. */
    public Learning(
            Inbox inbox,
            InboxReader reader,
            @Nullable Links links,
            Lease lease,
            RouteBook book,
            Function<String, Outbox> outboxes,
            SessionThread thread) {
        this.inbox = inbox;
        this.reader = reader;
        this.links = links;
        this.lease = lease;
        this.book = book;
        this.outboxes = outboxes;
        this.thread = thread;
    }

    /** Starts to read the inbox and reads all routes. Done when the other gateways have answered too, or have not in time. */
    public CompletableFuture<?> load() {
        if (reading == null) {
            reading = inbox.read(lease.id(), reader);
            reader.reads(reading);
            card = links == null ? null : links.open(reader);
        }
        allAnswered = new CompletableFuture<>();
        greeted.clear();
        greet();
        // A gateway that does not answer is most likely dead, and its lease has not ended yet.
        CompletableFuture<?> clean = allAnswered.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return book.load().thenCombine(clean, (routes, all) -> null);
    }

    /** Reads all routes once more. If they are being read now, reads them again after that. */
    void loadAgain() {
        if (loading) {
            loadOnceMore = true;
            return;
        }
        loading = true;
        load().whenCompleteAsync(
                        (nothing, failure) -> {
                            loading = false;
                            if (failure != null) {
                                LOG.warn("the routes could not be read again", failure);
                            }
                            if (loadOnceMore) {
                                loadOnceMore = false;
                                loadAgain();
                            }
                        },
                        thread);
    }

    /** Greets gateways that have joined since, if the inbox to which they answer is being read. */
    public void greetNewcomers() {
        if (reading != null) {
            greet();
        }
    }

    private void greet() {
        byte[] hello = NoteCodec.encode(new Note.Hello(lease.id()));
        byte[] invitation = card == null ? null : NoteCodec.encode(new Note.Invitation(lease.id(), card));
        for (String gateway : lease.living()) {
            if (!gateway.equals(lease.id()) && greeted.add(gateway)) {
                unanswered.add(gateway);
                Outbox outbox = outboxes.apply(gateway);
                if (invitation != null) {
                    outbox.send(invitation);
                }
                outbox.send(hello);
            }
        }
        checkAnswers();
    }

    /** A gateway has sent all its clean subscriptions. */
    public void answered(String gateway) {
        unanswered.remove(gateway);
        checkAnswers();
    }

    private void checkAnswers() {
        unanswered.retainAll(lease.living());
        if (unanswered.isEmpty()) {
            allAnswered.complete(null);
        }
    }

    /** Whether a gateway has been greeted and has not died since. */
    public boolean hasGreeted(String gateway) {
        return greeted.contains(gateway);
    }

    /** A gateway has died. If it comes back, it is greeted again. */
    public void departed(String gateway) {
        greeted.remove(gateway);
    }

    /** Stops reading the inbox: it belongs to the name that this gateway has lost. */
    public void stopReading() {
        Inbox.Reading old = reading;
        reading = null;
        reader.reads(null);
        if (old != null) {
            old.close();
        }
        if (links != null) {
            links.shut();
        }
        card = null;
    }
}
