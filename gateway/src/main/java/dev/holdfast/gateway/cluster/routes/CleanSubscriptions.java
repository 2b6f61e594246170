// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Counts the subscriptions of this gateway's clean sessions, which are in no store, and announces them to the other gateways. On the
 * thread of the routes.
 */
public final class CleanSubscriptions {
    private final Announcer announcer;
    private final Supplier<String> self;
    private final Map<String, Integer> counts = new HashMap<>();

    /** Counts that are announced with this announcer. */
    public CleanSubscriptions(Announcer announcer, Supplier<String> self) {
        this.announcer = announcer;
        this.self = self;
    }

    /** A clean session here has subscribed to a filter. */
    public void subscribed(String filter) {
        changed(filter, counts.merge(filter, 1, Integer::sum));
    }

    /** A clean session here has removed its subscription to a filter. */
    public void unsubscribed(String filter) {
        Integer left = counts.merge(filter, -1, (known, less) -> known + less > 0 ? known + less : null);
        changed(filter, left == null ? 0 : left);
    }

    /** Other gateways need the exact count for shared subscriptions only. For other filters they need to know whether it is 0. */
    private void changed(String filter, int count) {
        if (count < 2 || filter.startsWith("$share/")) {
            announcer.announce(new Note.Clean(self.get(), filter, count));
        }
    }

    /** How many filters are counted. Any thread; the number may be a moment old. */
    public int size() {
        return counts.size();
    }

    /** Sends all counts to one other gateway, as a snapshot. */
    public void tellAll(Outbox outbox) {
        outbox.send(NoteCodec.encode(new Note.SnapshotBegins(self.get())));
        counts.forEach((filter, count) -> outbox.send(NoteCodec.encode(new Note.Clean(self.get(), filter, count))));
        outbox.send(NoteCodec.encode(new Note.SnapshotEnds(self.get())));
    }
}
