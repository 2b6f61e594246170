// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.session.SessionThread;
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
 * Learns by what the others route: reads the routes of kept sessions from the store, and greets each living gateway,
 * which answers with its clean subscriptions. All of it on the thread of the routes.
 */
final class Learning {
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

    Learning(
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

    /** Reads all there is, and the inbox from now on; done when the others have answered too, or are not waited for. */
    CompletableFuture<?> load() {
        if (reading == null) {
            reading = inbox.read(lease.id(), reader);
            reader.reads(reading);
            card = links == null ? null : links.open(reader);
        }
        allAnswered = new CompletableFuture<>();
        greeted.clear();
        greet();
        // One that does not answer is dead most likely, and its lease has not ended yet.
        CompletableFuture<?> clean = allAnswered.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return book.load().thenCombine(clean, (routes, all) -> null);
    }

    /** Reads all there is once more; when it is being read now, after that. */
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

    /** Greets those that have come since, if the inbox is read where they answer. */
    void greetNewcomers() {
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

    /** A gateway has told all it has. */
    void answered(String gateway) {
        unanswered.remove(gateway);
        checkAnswers();
    }

    private void checkAnswers() {
        unanswered.retainAll(lease.living());
        if (unanswered.isEmpty()) {
            allAnswered.complete(null);
        }
    }

    /** Whether a gateway has been greeted, and has not gone since. */
    boolean hasGreeted(String gateway) {
        return greeted.contains(gateway);
    }

    /** A gateway has gone: if it comes back, it is greeted again. */
    void departed(String gateway) {
        greeted.remove(gateway);
    }

    /** Stops reading the inbox, which is not this gateway's any more. */
    void stopReading() {
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
