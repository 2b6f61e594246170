// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells the log which check a token failed, never the token. One line a second for each check at the most, with the
 * number of those that were left out. Any thread.
 */
final class TokenRefusals {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** When the last line was written, and how many have been left out since. */
    private static final class Told {
        private final AtomicLong at;
        private final AtomicLong leftOut = new AtomicLong();

        Told(long firstAt) {
            at = new AtomicLong(firstAt);
        }
    }

    /** By the constant of the check, of which there are few. */
    private final Map<String, Told> told = new ConcurrentHashMap<>();

    /**
     * Takes note of a refusal.
     *
     * @param where what brought the token: CONNECT, AUTH or PUBLISH
     * @param why the constant of the check
     * @param words the same for people
     */
    void refused(Client client, String where, String why, String words) {
        long now = System.nanoTime();
        Told last = told.computeIfAbsent(why, key -> new Told(now - PERIOD_NANOS));
        long before = last.at.get();
        if (now - before < PERIOD_NANOS || !last.at.compareAndSet(before, now)) {
            last.leftOut.incrementAndGet();
            return;
        }
        Client.LOG
                .atInfo()
                .addKeyValue("client", client.id())
                .addKeyValue("peer", client.connection().address())
                .addKeyValue("in", where)
                .addKeyValue("why", why)
                .addKeyValue("words", words)
                .addKeyValue("others", last.leftOut.getAndSet(0))
                .log("token refused");
    }
}
