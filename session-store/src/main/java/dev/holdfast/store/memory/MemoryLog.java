// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogPage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One log. Not thread-safe: its store holds this object's monitor. */
final class MemoryLog {
    /** This object, its collections, and its place in the map; its filter aside. */
    private static final int OWN_BYTES = 400;
    /** An entry and its place, its message aside. */
    private static final int ENTRY_BYTES = 64;
    /** The id of a QoS 2 message and its places. */
    private static final int ID_BYTES = 160;

    private static final long DEDUPE_MILLIS = 120_000;

    private final HeldMemory memory;
    private final int ownBytes;
    /** The messages, the oldest first; their indexes have no gap. */
    private final ArrayDeque<LogEntry> entries = new ArrayDeque<>();
    /** The QoS 2 messages of the dedupe window by id, and when each came. */
    private final Map<MessageId, Long> ids = new HashMap<>();

    private final ArrayDeque<MessageId> idsByAge = new ArrayDeque<>();
    private final long begun;
    private long next;
    private long bytes;
    private long keptUntil;
    private boolean hasEnded;

    MemoryLog(String filter, long first, HeldMemory memory) {
        this.memory = memory;
        this.begun = first;
        this.next = first;
        this.ownBytes = OWN_BYTES + filter.length();
        memory.add(HeldMemory.Kind.QUEUES, ownBytes);
    }

    boolean hasEnded() {
        return hasEnded;
    }

    LogEnds ends() {
        return new LogEnds(begun, next - entries.size(), next, entries.size());
    }

    void keepUntil(long millis) {
        keptUntil = Math.max(keptUntil, millis);
    }

    boolean isOver(long nowMillis) {
        return nowMillis > keptUntil;
    }

    Appended append(Message message, @Nullable String publisher, boolean mayRepeat, LogLimits limits, long nowMillis) {
        forgetIds(nowMillis);
        if (ids.containsKey(message.id()) || (mayRepeat && has(message.id()))) {
            return new Appended(next - 1, false);
        }
        message.hold(memory, HeldMemory.Kind.QUEUES);
        memory.add(HeldMemory.Kind.QUEUES, ENTRY_BYTES);
        entries.add(new LogEntry(next, message, publisher));
        bytes += message.size();
        while (entries.size() > 1 && (entries.size() > limits.maxMessages() || bytes > limits.maxBytes())) {
            letGo(entries.remove());
        }
        if (message.qos() == 2) {
            ids.put(message.id(), nowMillis);
            idsByAge.add(message.id());
            memory.add(HeldMemory.Kind.QUEUES, ID_BYTES);
        }
        return new Appended(next++, true);
    }

    private boolean has(MessageId id) {
        return entries.stream().anyMatch(entry -> entry.message().id().equals(id));
    }

    private void forgetIds(long nowMillis) {
        for (MessageId oldest = idsByAge.peek();
                oldest != null && ids.getOrDefault(oldest, 0L) < nowMillis - DEDUPE_MILLIS;
                oldest = idsByAge.peek()) {
            idsByAge.remove();
            ids.remove(oldest);
            memory.add(HeldMemory.Kind.QUEUES, -ID_BYTES);
        }
    }

    LogPage read(long from, int maxMessages, int maxBytes) {
        List<LogEntry> page = new ArrayList<>();
        long sum = 0;
        Iterator<LogEntry> all = entries.iterator();
        while (all.hasNext() && page.size() < maxMessages && sum < maxBytes) {
            LogEntry entry = all.next();
            if (entry.index() >= from) {
                page.add(entry);
                sum += entry.message().size();
            }
        }
        return new LogPage(ends(), page);
    }

    /** Gives back all that it holds. */
    void end() {
        hasEnded = true;
        entries.forEach(this::letGo);
        entries.clear();
        memory.add(HeldMemory.Kind.QUEUES, -ownBytes - ID_BYTES * idsByAge.size());
    }

    private void letGo(LogEntry entry) {
        bytes -= entry.message().size();
        memory.add(HeldMemory.Kind.QUEUES, -ENTRY_BYTES);
        entry.message().letGo(memory);
    }
}
