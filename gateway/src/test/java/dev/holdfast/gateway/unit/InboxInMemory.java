// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Inboxes of gateways in memory. Either an append is answered at once and nothing has to be waited for, or the test answers each append
 * and says when the wait of {@link #later} is over. Any thread.
 */
public final class InboxInMemory implements Inbox {
    private final boolean isByHand;
    private final Map<String, List<InboxEntry>> told = new ConcurrentHashMap<>();
    private final Map<String, Reader> readers = new ConcurrentHashMap<>();
    private final Map<String, Integer> taken = new ConcurrentHashMap<>();
    private final List<CompletableFuture<Void>> answers = new CopyOnWriteArrayList<>();
    private final Deque<Runnable> later = new ConcurrentLinkedDeque<>();
    private final AtomicInteger closed = new AtomicInteger();

    private InboxInMemory(boolean isByHand) {
        this.isByHand = isByHand;
    }

    /** Inboxes that answer at once. */
    public static InboxInMemory prompt() {
        return new InboxInMemory(false);
    }

    /** Inboxes whose answers the test gives. */
    public static InboxInMemory byHand() {
        return new InboxInMemory(true);
    }

    /** The notes that a gateway has been told, oldest first. */
    public List<byte[]> notes(String gateway) {
        return entries(gateway).stream()
                .flatMap(entry -> entry.notes().stream())
                .toList();
    }

    /** The same as text, by entry. */
    public List<List<String>> texts(String gateway) {
        return entries(gateway).stream()
                .map(entry -> entry.notes().stream()
                        .map(note -> new String(note, StandardCharsets.UTF_8))
                        .toList())
                .toList();
    }

    private List<InboxEntry> entries(String gateway) {
        return told.computeIfAbsent(gateway, any -> new CopyOnWriteArrayList<>());
    }

    /** Answers an append, counted from 0 over all gateways. */
    public void answer(int append) {
        answers.get(append).complete(null);
    }

    /** Has an append fail. */
    public void fail(int append) {
        answers.get(append).completeExceptionally(new IllegalStateException("no Redis"));
    }

    /** Runs what was to run {@link #later}; answers how many tasks there were. */
    public int timePasses() {
        int run = 0;
        for (Runnable task = later.poll(); task != null; task = later.poll()) {
            task.run();
            run++;
        }
        return run;
    }

    /** How many writers have been closed. */
    public int closed() {
        return closed.get();
    }

    @Override
    public Writer writer(String gateway) {
        return new Writer() {
            @Override
            public CompletionStage<Void> append(InboxEntry entry) {
                CompletableFuture<Void> answer = new CompletableFuture<>();
                answers.add(answer);
                entries(gateway).add(entry);
                Reader reader = readers.get(gateway);
                if (reader != null) {
                    reader.entry(entry);
                }
                if (!isByHand) {
                    answer.complete(null);
                }
                return answer;
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
    }

    @Override
    public void later(long nanos, Runnable task) {
        if (isByHand) {
            later.add(task);
        } else {
            task.run();
        }
    }

    @Override
    public CompletionStage<List<byte[]>> takeUnread(String gateway, int atMost) {
        List<InboxEntry> all = entries(gateway);
        int from = taken.getOrDefault(gateway, 0);
        int until = Math.min(all.size(), from + atMost);
        taken.put(gateway, until);
        List<byte[]> unread = new ArrayList<>();
        all.subList(from, until).forEach(entry -> unread.addAll(entry.notes()));
        return CompletableFuture.completedFuture(unread);
    }

    @Override
    public Reading read(String gateway, Reader reader) {
        List.copyOf(entries(gateway)).forEach(reader::entry);
        readers.put(gateway, reader);
        return new Reading() {
            @Override
            public void leave() {
                taken.put(gateway, entries(gateway).size());
            }

            @Override
            public void close() {
                readers.remove(gateway);
            }
        };
    }
}
