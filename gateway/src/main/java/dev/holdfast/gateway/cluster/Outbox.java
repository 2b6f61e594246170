// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.store.Inbox;
import dev.holdfast.store.StoreBusyException;
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
 * What is on its way to one other gateway: one append is under way, what comes meanwhile rides in the next, in order.
 * Under load the next one waits a little, since large entries cost far less than many. Any thread.
 */
final class Outbox {
    private static final int MOST_NOTES = 1_024;
    private static final int MOST_BYTES = 512 * 1024;
    private static final long MOST_WAITING_BYTES = 32L * 1024 * 1024;
    private static final int OVERHEAD_BYTES = 64;
    /**
     * For each note of an entry the next one waits so much longer, up to {@code LONGEST_PACE_NANOS}: alone a note leaves at
     * once, and a busy gateway sends few large entries.
     */
    private static final long PACE_NANOS = TimeUnit.MICROSECONDS.toNanos(40);

    private static final long LONGEST_PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long SHORTEST_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final Inbox inbox;
    private final String gateway;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicBoolean appending = new AtomicBoolean();

    /** One note, and who waits for it to be there. */
    private record Waiting(byte[] note, @Nullable CompletableFuture<@Nullable Void> done) {}

    Outbox(Inbox inbox, String gateway) {
        this.inbox = inbox;
        this.gateway = gateway;
    }

    /** Whether half of what may wait is there. */
    boolean isBehind() {
        return waitingBytes.get() > MOST_WAITING_BYTES / 2;
    }

    /** Sends a note that may be lost; false if it is, since it would take the room of those that may not. */
    boolean send(byte[] note) {
        return !isBehind() && add(note, null);
    }

    /** Sends a note; done when it stands in the other's inbox. */
    CompletableFuture<@Nullable Void> deliver(byte[] note) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        if (!add(note, done)) {
            done.completeExceptionally(new StoreBusyException("too much waits for gateway " + gateway));
        }
        return done;
    }

    private boolean add(byte[] note, @Nullable CompletableFuture<@Nullable Void> done) {
        int size = note.length + OVERHEAD_BYTES;
        if (waitingBytes.addAndGet(size) > MOST_WAITING_BYTES) {
            waitingBytes.addAndGet(-size);
            return false;
        }
        waiting.add(new Waiting(note, done));
        append();
        return true;
    }

    private void append() {
        while (!waiting.isEmpty() && appending.compareAndSet(false, true)) {
            List<byte[]> notes = new ArrayList<>();
            List<CompletableFuture<@Nullable Void>> waiters = new ArrayList<>();
            int bytes = 0;
            while (notes.size() < MOST_NOTES && bytes < MOST_BYTES) {
                Waiting next = waiting.poll();
                if (next == null) {
                    break;
                }
                notes.add(next.note());
                bytes += next.note().length + OVERHEAD_BYTES;
                if (next.done() != null) {
                    waiters.add(next.done());
                }
            }
            if (notes.isEmpty()) {
                appending.set(false);
                continue;
            }
            waitingBytes.addAndGet(-bytes);
            boolean isFull = notes.size() == MOST_NOTES || bytes >= MOST_BYTES;
            long nextAt = System.nanoTime() + (isFull ? 0 : Math.min(notes.size() * PACE_NANOS, LONGEST_PACE_NANOS));
            inbox.append(gateway, notes).whenComplete((nothing, failure) -> {
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
        long wait = atNanos - System.nanoTime();
        if (wait > SHORTEST_WAIT_NANOS) {
            CompletableFuture.delayedExecutor(wait, TimeUnit.NANOSECONDS, Runnable::run)
                    .execute(this::resume);
        } else {
            resume();
        }
    }

    private void resume() {
        appending.set(false);
        append();
    }
}
