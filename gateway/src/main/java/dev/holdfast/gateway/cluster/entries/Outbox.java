// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.cluster.Inbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The notes that wait to be sent to one other gateway. One append is under way at a time; notes that come meanwhile leave together in
 * the next one, in their order. Under load an append through Redis waits a little, since few large entries cost Redis far less than many
 * small ones. Any thread.
 */
public final class Outbox {
    private static final int MOST_NOTES = 1_024;
    private static final int MOST_BYTES = 512 * 1024;
    private static final long MOST_WAITING_BYTES = 32L * 1024 * 1024;
    private static final int OVERHEAD_BYTES = 64;
    /**
     * The next entry waits this long for each message but the first of the last entry, up to {@code LONGEST_PACE_NANOS}: a quiet
     * gateway sends each entry at once, and a busy one sends few large entries.
     */
    private static final long PACE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private static final long LONGEST_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long SHORTEST_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final Inbox inbox;
    private final EntryWriter writer;
    private final String gateway;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicBoolean appending = new AtomicBoolean();

    /** One note, how many messages it holds, the future that it completes, and how far it must have got before the future completes. */
    private record Waiting(
            byte[] note, int weight, @Nullable CompletableFuture<@Nullable Void> done, Assurance wanted) {}

    Outbox(Inbox inbox, EntryWriter writer, String gateway) {
        this.inbox = inbox;
        this.writer = writer;
        this.gateway = gateway;
    }

    /** The writer of the entries. */
    EntryWriter writer() {
        return writer;
    }

    /** The other gateway has sent the address and the secret by which a link to it may be opened. On the thread of the routes. */
    public void invited(LinkCard card) {
        writer.invited(card);
    }

    /** Closes the writer: the other gateway has died. */
    void close() {
        writer.close();
    }

    /** Whether more than half of the bytes that may wait are waiting. */
    public boolean isBehind() {
        return waitingBytes.get() > MOST_WAITING_BYTES / 2;
    }

    /** Sends a note that may be lost. Returns false if it was dropped because this outbox is behind. */
    public boolean send(byte[] note) {
        return !isBehind() && add(note, 1, null, Assurance.NONE);
    }

    /** Sends a note. Done when it is in the other gateway's inbox or when the other gateway has read it. */
    public CompletableFuture<@Nullable Void> deliver(byte[] note) {
        return deliver(note, 1, Assurance.READ);
    }

    /**
     * Sends a note that holds several messages.
     *
     * @param weight how many messages
     * @return done when the note has got as far as is wanted; fails with {@link StoreBusyException} if too much waits
     */
    public CompletableFuture<@Nullable Void> deliver(byte[] note, int weight, Assurance wanted) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        if (!add(note, weight, done, wanted)) {
            done.completeExceptionally(new StoreBusyException("too much waits for gateway " + gateway));
        }
        return done;
    }

    private boolean add(byte[] note, int weight, @Nullable CompletableFuture<@Nullable Void> done, Assurance wanted) {
        int size = note.length + OVERHEAD_BYTES;
        if (waitingBytes.addAndGet(size) > MOST_WAITING_BYTES) {
            waitingBytes.addAndGet(-size);
            return false;
        }
        waiting.add(new Waiting(note, weight, done, wanted));
        append();
        return true;
    }

    private void append() {
        while (!waiting.isEmpty() && appending.compareAndSet(false, true)) {
            List<byte[]> notes = new ArrayList<>();
            List<CompletableFuture<@Nullable Void>> waiters = new ArrayList<>();
            int bytes = 0;
            int weight = 0;
            Assurance wanted = Assurance.NONE;
            while (weight < MOST_NOTES && bytes < MOST_BYTES) {
                Waiting next = waiting.poll();
                if (next == null) {
                    break;
                }
                notes.add(next.note());
                weight += next.weight();
                bytes += next.note().length + OVERHEAD_BYTES;
                wanted = wanted.or(next.wanted());
                if (next.done() != null) {
                    waiters.add(next.done());
                }
            }
            if (notes.isEmpty()) {
                appending.set(false);
                continue;
            }
            waitingBytes.addAndGet(-bytes);
            boolean isFull = weight >= MOST_NOTES || bytes >= MOST_BYTES;
            boolean isPaced = !isFull && !writer.isDirect();
            long nextAt = isPaced ? System.nanoTime() + Math.min((weight - 1) * PACE_NANOS, LONGEST_PACE_NANOS) : 0;
            writer.append(notes, wanted).whenComplete((nothing, failure) -> {
                for (CompletableFuture<@Nullable Void> waiter : waiters) {
                    if (failure == null) {
                        waiter.complete(null);
                    } else {
                        waiter.completeExceptionally(failure);
                    }
                }
                goOn(nextAt);
            });
        }
    }

    private void goOn(long atNanos) {
        long wait = atNanos == 0 ? 0 : atNanos - System.nanoTime();
        if (wait > SHORTEST_WAIT_NANOS) {
            inbox.later(wait, this::resume);
        } else {
            resume();
        }
    }

    private void resume() {
        appending.set(false);
        append();
    }
}
