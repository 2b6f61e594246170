// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Counts the subscriptions of this gateway's clean sessions, which no store knows of, and tells the others of them.
 * All of it on the thread of the routes.
 */
final class CleanSubscriptions {
    private final Announcer announcer;
    private final Supplier<String> self;
    private final Map<String, Integer> counts = new HashMap<>();

    CleanSubscriptions(Announcer announcer, Supplier<String> self) {
        this.announcer = announcer;
        this.self = self;
    }

    void subscribed(String filter) {
        changed(filter, counts.merge(filter, 1, Integer::sum));
    }

    void unsubscribed(String filter) {
        Integer left = counts.merge(filter, -1, (known, less) -> known + less > 0 ? known + less : null);
        changed(filter, left == null ? 0 : left);
    }

    /** How many there are matters to shared subscriptions alone; otherwise whether there is one. */
    private void changed(String filter, int count) {
        if (count < 2 || filter.startsWith("$share/")) {
            announcer.announce(new Note.Clean(self.get(), filter, count));
        }
    }

    /** How many filters are counted. Any thread, roughly. */
    int size() {
        return counts.size();
    }

    /** Tells one other gateway, which knows nothing of this one yet, of all of them. */
    void tellAll(Outbox outbox) {
        outbox.send(NoteCodec.encode(new Note.SnapshotBegins(self.get())));
        counts.forEach((filter, count) -> outbox.send(NoteCodec.encode(new Note.Clean(self.get(), filter, count))));
        outbox.send(NoteCodec.encode(new Note.SnapshotEnds(self.get())));
    }
}
