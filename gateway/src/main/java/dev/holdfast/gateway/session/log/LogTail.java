// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.log;

import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogPage;
import dev.holdfast.store.log.LogStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One log as the sessions of one I/O thread read it: some pages of it in memory, and who reads. A page that one of them needs is
 * read from the store once for all. On that thread, unless a method says otherwise.
 *
 * <p>What is told of the log is a hint. Indexes have no gap but where the store has lost writes, so that whoever is told of an
 * index knows whether one before it is missing, and reads it.
 */
public final class LogTail {
    private static final int PAGE_MESSAGES = 64;
    private static final int PAGE_BYTES = 256 * 1024;
    /** The newest page grows with what is appended, up to so many messages; then another one begins. */
    private static final int MOST_PAGES = 8;

    private static final int MOST_READS = 4;
    /** What an entry costs besides its message, in bytes. */
    private static final int ENTRY_BYTES = 56;
    /** Followers that are woken in some 0.1 ms. */
    private static final int WOKEN_AT_ONCE = 32;

    private final String filter;
    private final LogStore store;
    private final HeldMemory memory;
    private final SessionThread thread;
    private final List<LogFollower> followers = new ArrayList<>();
    /** The oldest first; one that has been used lately is not moved. */
    private final Deque<Page> pages = new ArrayDeque<>();

    private final Set<Long> reading = new HashSet<>();
    /** The index above the highest one that is known to be in the log. */
    private long next;

    private boolean isWaking;
    private boolean isWakingAgain;
    /** The first follower that is still to be woken, where they are woken in slices. */
    private int wakingFrom = Integer.MAX_VALUE;

    private boolean hasFailed;

    /** Consecutive messages: all that the log has had from one index to another. */
    private static final class Page {
        final long from;
        final List<LogEntry> entries;
        long until;
        long bytes;

        Page(long from, long until, List<LogEntry> entries) {
            this.from = from;
            this.until = until;
            this.entries = entries;
            entries.forEach(entry -> bytes += entry.message().size());
        }

        boolean isFull() {
            return entries.size() >= PAGE_MESSAGES || bytes >= PAGE_BYTES;
        }

        /** The message with the lowest index from the given one on, or null. */
        @Nullable
        LogEntry from(long index) {
            int low = 0;
            int high = entries.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (entries.get(middle).index() < index) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low < entries.size() ? entries.get(low) : null;
        }
    }

    LogTail(String filter, LogStore store, HeldMemory memory, SessionThread thread) {
        this.filter = filter;
        this.store = store;
        this.memory = memory;
        this.thread = thread;
    }

    /** The filter of the log. */
    public String filter() {
        return filter;
    }

    /** Takes up a follower, which is woken when there may be more. */
    void follow(LogFollower follower) {
        follower.place = followers.size();
        followers.add(follower);
    }

    /** Forgets a follower; answers whether it was the last one. */
    boolean leave(LogFollower follower) {
        LogFollower last = followers.remove(followers.size() - 1);
        if (last != follower) {
            followers.set(follower.place, last);
            last.place = follower.place;
            isWakingAgain |= isWaking; // it may have been passed over
        }
        if (followers.isEmpty()) {
            letGo();
        }
        return followers.isEmpty();
    }

    /** The log is known to reach to the index before this one: a follower that has less will find more. */
    public void reaches(long index) {
        next = Math.max(next, index);
    }

    /** Has the store asked for what there is from an index on, if nothing is known of it. */
    public void ask(long index) {
        if (isAtEnd(index)) {
            read(index);
        }
    }

    /** Whether there is, as far as is known here, nothing from an index on. */
    public boolean isAtEnd(long index) {
        return index >= next;
    }

    /**
     * The message with the lowest index from the given one on; null if there is none as far as is known, or none in memory: then
     * the store is asked, and the followers are woken when it has answered.
     */
    public @Nullable LogEntry from(long index) {
        LogEntry known = inMemory(index);
        if (known == null && !isAtEnd(index)) {
            read(index);
            return inMemory(index); // a store in memory has answered by now
        }
        return known;
    }

    private @Nullable LogEntry inMemory(long index) {
        // Nearly all stand at the end.
        for (Iterator<Page> newestFirst = pages.descendingIterator(); newestFirst.hasNext(); ) {
            Page page = newestFirst.next();
            if (page.from <= index && index < page.until) {
                LogEntry entry = page.from(index);
                if (entry != null) {
                    return entry;
                }
            }
        }
        return null;
    }

    /** A message has been appended at this gateway. */
    void appended(LogEntry entry) {
        if (followers.isEmpty()) {
            return; // the last one has left while this was on its way to the thread
        }
        long index = entry.index();
        Page newest = pages.peekLast();
        boolean isNext = index == next || next == 0;
        if (isNext && newest != null && newest.until == index && !newest.isFull()) {
            hold(entry);
            newest.entries.add(entry);
            newest.bytes += entry.message().size();
            newest.until = index + 1;
        } else if (isNext) {
            add(new Page(index, index + 1, new ArrayList<>(List.of(entry))));
        }
        reaches(index + 1);
        wake();
    }

    /** A message has been appended at another gateway, which names its index. */
    void heard(long index) {
        if (index >= next) {
            reaches(index + 1);
            wake();
        }
    }

    /** Asks the store whether there is more than is known: hints may be lost. */
    void look() {
        if (next > 0 && !hasFailed) {
            read(next);
        } else {
            hasFailed = false;
            wake();
        }
    }

    private void read(long from) {
        if (reading.size() >= MOST_READS || !reading.add(from)) {
            return;
        }
        store.read(filter, from, PAGE_MESSAGES, PAGE_BYTES).whenComplete((page, failure) -> {
            if (failure == null && thread.isCurrent()) {
                arrived(from, page);
            } else {
                thread.execute(() -> {
                    if (failure == null) {
                        arrived(from, page);
                    } else {
                        reading.remove(from);
                        hasFailed = true; // the next look wakes them
                    }
                });
            }
        });
    }

    private void arrived(long from, @Nullable LogPage page) {
        reading.remove(from);
        if (page == null || followers.isEmpty()) {
            return;
        }
        List<LogEntry> entries = page.entries();
        boolean isMore = page.ends().next() > next;
        reaches(page.ends().next());
        if (!entries.isEmpty()) {
            long until = entries.get(entries.size() - 1).index() + 1;
            add(new Page(from, until, new ArrayList<>(entries)));
        }
        if (!entries.isEmpty() || isMore) {
            wake();
        }
    }

    private void add(Page page) {
        page.entries.forEach(this::hold);
        pages.addLast(page);
        while (pages.size() > MOST_PAGES) {
            letGo(pages.removeFirst());
        }
    }

    private void hold(LogEntry entry) {
        memory.add(HeldMemory.Kind.QUEUES, ENTRY_BYTES);
        entry.message().hold(memory, HeldMemory.Kind.QUEUES);
    }

    private void letGo(Page page) {
        for (LogEntry entry : page.entries) {
            memory.add(HeldMemory.Kind.QUEUES, -ENTRY_BYTES);
            entry.message().letGo(memory);
        }
    }

    /** Gives back what is in memory. */
    void letGo() {
        pages.forEach(this::letGo);
        pages.clear();
    }

    /** Wakes all followers, where they are many in slices of the thread's time. */
    private void wake() {
        if (isWaking) {
            isWakingAgain = true;
            return;
        }
        if (followers.size() <= WOKEN_AT_ONCE) {
            isWaking = true;
            for (LogFollower follower : List.copyOf(followers)) {
                follower.wake();
            }
            isWaking = false;
            if (isWakingAgain) {
                isWakingAgain = false;
                thread.execute(this::wake);
            }
            return;
        }
        isWaking = true;
        wakingFrom = 0;
        thread.gradually(this, this::wakeSome);
    }

    /**
     * Whether a follower is woken soon anyway. Who waits for that is given in one write all that has been appended meanwhile: with
     * thousands of followers a write costs more than the messages in it.
     */
    public boolean isWokenSoon(LogFollower follower) {
        return isWaking && (follower.place >= wakingFrom || (isWakingAgain && wakingFrom != Integer.MAX_VALUE));
    }

    private boolean wakeSome() {
        for (int i = 0; i < WOKEN_AT_ONCE && wakingFrom < followers.size(); i++) {
            followers.get(wakingFrom++).wake();
        }
        if (wakingFrom < followers.size()) {
            return false;
        }
        isWaking = false;
        wakingFrom = Integer.MAX_VALUE;
        if (isWakingAgain) {
            isWakingAgain = false;
            wake();
        }
        return true;
    }
}
