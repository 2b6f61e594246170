// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes retained messages for a kept session: each is put into the session's queue in the store, behind what waits there, and
 * is passed over when its turn comes if a newer message of its topic has overtaken it. On the session's thread.
 */
final class StoredIntake implements RetainedIntake {
    private static final CompletableFuture<Boolean> DELIVERED = CompletableFuture.completedFuture(true);
    private static final int MOST_COPIES = 32;

    private final Outbound outbound;
    private final StoredBacklog backlog;
    private final RetainedCopies copies = new RetainedCopies();

    StoredIntake(Outbound outbound, StoredBacklog backlog) {
        this.outbound = outbound;
        this.backlog = backlog;
    }

    @Override
    public boolean takesRetained(int qos) {
        if (outbound.isClosed() || !outbound.outlet.hasRoom()) {
            return false;
        }
        if (backlog.isEmpty()) {
            return qos == 0 || copies.unsent() < outbound.window.room();
        }
        // Some may always stand behind what waits: a client that is always a little behind would get none otherwise.
        int most = Math.min(outbound.services.limits().maxMessages() / 4, MOST_COPIES);
        return !isFarBehind() && copies.unsent() < Math.max(1, most);
    }

    /** What was queued while the client was away is older than a retained message, and comes first. */
    @Override
    public boolean isFarBehind() {
        return !backlog.hasCaughtUp();
    }

    /** None: they stand in the queue, in front of whatever is put into it. */
    @Override
    public void forEachUnsent(Consumer<Message> visitor) {}

    @Override
    public @Nullable PlaceInQueue placeBehindUnsent() {
        return null;
    }

    @Override
    public CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy) {
        if (qos == 0 && !backlog.isBehindOthers()) {
            copy.left();
            outbound.deliverQos0(message, true, subscriptionIdentifiers);
            return DELIVERED;
        }
        copies.begun();
        EnqueueTarget target = backlog.targetOf(qos, true, subscriptionIdentifiers);
        return outbound.services
                .store()
                .enqueue(message, List.of(target), false)
                .handle((results, failure) -> {
                    if (failure != null) {
                        outbound.failed(failure);
                        return true;
                    }
                    Enqueued stored = results.get(0);
                    outbound.thread.run(() -> copied(stored, message, target, copy));
                    return stored.seq() > 0;
                });
    }

    private void copied(Enqueued stored, Message message, EnqueueTarget target, RetainedCopy copy) {
        if (stored.dropped() > 0) {
            outbound.services.metrics().dropped(Dropped.QUEUE_FULL, stored.dropped());
            backlog.dropped();
        }
        if (stored.seq() > 0) {
            copies.queued(stored.seq(), copy);
            backlog.offer(stored.seq(), message, target, null);
        } else {
            copies.refused();
        }
    }

    /** Whether every retained message that was taken has been sent, or never will be. */
    boolean isDone() {
        return copies.unsent() == 0;
    }

    /** Whether a retained message stands at this position. */
    boolean has(long seq) {
        return copies.has(seq);
    }

    /** A position is about to be sent. Answers whether it has a retained message that is not to be sent any more. */
    boolean overtakenAt(long seq) {
        return copies.overtakenAt(seq);
    }

    /** The positions of the retained messages that are not to be sent any more, ascending. */
    long[] overtaken() {
        return copies.overtaken();
    }
}
