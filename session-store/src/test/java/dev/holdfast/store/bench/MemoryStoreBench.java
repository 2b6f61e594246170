// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.bench;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.memory.MemorySessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Time and heap of the store in memory, printed as a table. Each time is the best of {@value #ROUNDS} rounds after as
 * many of warming up; heap is what stays after a collection. One thread.
 */
public final class MemoryStoreBench {
    private static final int ROUNDS = 5;
    private static final int MESSAGES = 2_000_000;
    private static final int SESSIONS = 200_000;
    private static final int QUEUED = 20;
    private static final long[] NONE = {};

    private MemoryStoreBench() {}

    /** Runs everything; needs {@code -Xmx2g}. */
    public static void main(String[] args) {
        time("enqueue, read, acknowledge: 1 at a time", () -> liveQueue(1));
        time("enqueue, read, acknowledge: 20 at a time", () -> liveQueue(20));
        time("enqueue, acknowledge (owner sends what it is told of)", MemoryStoreBench::toldQueue);
        time("enqueue to a full offline queue of 1,000, dropping", MemoryStoreBench::fullQueue);
        heap("idle clean session, one subscription, its filter's string included", SESSIONS, store -> {
            for (int i = 0; i < SESSIONS; i++) {
                subscribed(store, names[i], Duration.ZERO);
            }
        });
        heap("idle persistent session online, one subscription", SESSIONS, store -> {
            for (int i = 0; i < SESSIONS; i++) {
                subscribed(store, names[i], HOUR);
            }
        });
        heap("offline session, one subscription", SESSIONS, store -> {
            for (int i = 0; i < SESSIONS; i++) {
                SessionRef ref = subscribed(store, names[i], HOUR);
                store.detach(ref, new DetachRequest(HOUR, 0, false));
            }
        });
        heap("queued message, 20 in each offline queue, queue and session included, body shared", SESSIONS, store -> {
            Message[] shared = new Message[QUEUED];
            for (int i = 0; i < QUEUED; i++) {
                shared[i] = message(i);
            }
            for (int i = 0; i < SESSIONS / QUEUED; i++) {
                store.detach(subscribed(store, names[i], HOUR), new DetachRequest(HOUR, 0, false));
                List<EnqueueTarget> target = List.of(target(names[i]));
                for (Message one : shared) {
                    store.enqueue(one, target, false);
                }
            }
        });
    }

    private static final Duration HOUR = Duration.ofHours(1);
    private static final QueueLimits LIMITS = new QueueLimits(1_000, 1 << 20, DropPolicy.DROP_OLDEST);
    private static final String[] names = new String[SESSIONS];

    static {
        for (int i = 0; i < SESSIONS; i++) {
            names[i] = "client-" + i;
        }
    }

    private static void liveQueue(int batch) {
        try (MemorySessionStore store = new MemorySessionStore(InstantSource.system())) {
            SessionRef ref = subscribed(store, "c", HOUR);
            List<EnqueueTarget> target = List.of(target("c"));
            Message message = message(1);
            long seq = 1;
            for (int i = 0; i < MESSAGES / batch; i++) {
                for (int j = 0; j < batch; j++) {
                    store.enqueue(message, target, false);
                }
                store.read(ref, seq, batch, Integer.MAX_VALUE);
                seq += batch;
                store.acknowledge(ref, seq - 1, NONE);
            }
        }
    }

    private static void toldQueue() {
        try (MemorySessionStore store = new MemorySessionStore(InstantSource.system())) {
            SessionRef ref = subscribed(store, "c", HOUR);
            List<EnqueueTarget> target = List.of(target("c"));
            Message message = message(1);
            for (int i = 1; i <= MESSAGES; i++) {
                store.enqueue(message, target, false);
                if (i % 10 == 0) {
                    store.acknowledge(ref, i, NONE);
                }
            }
        }
    }

    private static void fullQueue() {
        try (MemorySessionStore store = new MemorySessionStore(InstantSource.system())) {
            SessionRef ref = subscribed(store, "c", HOUR);
            List<EnqueueTarget> target = List.of(target("c"));
            for (int i = 0; i < 20; i++) {
                store.enqueue(message(i), target, false);
            }
            store.detach(ref, new DetachRequest(HOUR, 20, false));
            Message message = message(1);
            for (int i = 0; i < MESSAGES; i++) {
                store.enqueue(message, target, false);
            }
        }
    }

    private static SessionRef subscribed(SessionStore store, String clientId, Duration expiry) {
        Attached attached = store.attach(new AttachRequest(clientId, "p", "g1", false, expiry, null, LIMITS))
                .toCompletableFuture()
                .join();
        store.subscribe(attached.ref(), List.of(Subscription.of("devices/" + clientId, 1)));
        return attached.ref();
    }

    private static EnqueueTarget target(String clientId) {
        return new EnqueueTarget(clientId, 1, false, EnqueueTarget.NO_IDENTIFIERS);
    }

    private static Message message(int number) {
        return Message.of(new MessageId(1, number), "a/b", new byte[100], 1, false, 0);
    }

    private static void time(String what, Runnable round) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 2 * ROUNDS; i++) {
            long begin = System.nanoTime();
            round.run();
            best = i < ROUNDS ? best : Math.min(best, System.nanoTime() - begin);
        }
        print(what, (double) best / MESSAGES, "ns/message");
    }

    private static void heap(String what, int count, Consumer<SessionStore> filling) {
        long before = used();
        MemorySessionStore store = new MemorySessionStore(InstantSource.system());
        filling.accept(store);
        print(what, (double) (used() - before) / count, "B");
        store.close();
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static void print(String what, double value, String unit) {
        System.out.println(String.format(Locale.ROOT, "%-82s %8.1f %s", what, value, unit));
    }
}
