// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** How far the reader of an {@link Inbox} has come with each writer. One thread. */
public final class InboxProgress {
    /** Writers that are remembered; of one that was forgotten, notes are taken to be missing when it speaks again. */
    private static final int MOST_WRITERS = 1_024;

    private final Map<Long, Long> last = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > MOST_WRITERS;
        }
    };

    /** What an entry is to its reader. */
    public enum Step {
        /** The one that was to come. */
        NEXT,
        /** It has been read: its writer did not know whether it was there already. */
        AGAIN,
        /** Others of its writer have been lost before it. */
        AFTER_A_GAP
    }

    /** Takes note of an entry and tells what it is. */
    public Step step(InboxEntry entry) {
        long before = of(entry.writer());
        if (entry.number() <= before) {
            return Step.AGAIN;
        }
        last.put(entry.writer(), entry.number());
        return entry.number() == before + 1 ? Step.NEXT : Step.AFTER_A_GAP;
    }

    /** The number of the last entry of a writer; 0 if there was none. */
    public long of(long writer) {
        return Objects.requireNonNullElse(last.get(writer), 0L);
    }
}
