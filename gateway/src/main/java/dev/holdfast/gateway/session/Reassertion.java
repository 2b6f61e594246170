// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.session.connection.SessionThread;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Has all live sessions tell a store that may have lost its last writes what is known of them here, each on its own thread.
 * Clean sessions come last, some at a time.
 */
final class Reassertion {
    /** How many clean sessions of one thread tell the store at a time. */
    private static final int MOST_REASSERTED = 500;

    private final Map<SessionThread, List<Session>> kept = new HashMap<>();
    private final Map<SessionThread, Deque<Session>> clean = new HashMap<>();

    /** The reassertion of all sessions that are live now. */
    Reassertion(Stream<Session> sessions) {
        sessions.forEach(live -> {
            if (live.isKept()) {
                kept.computeIfAbsent(live.thread(), thread -> new ArrayList<>()).add(live);
            } else {
                clean.computeIfAbsent(live.thread(), thread -> new ArrayDeque<>())
                        .add(live);
            }
        });
    }

    /**
     * Begins.
     *
     * @param fenced whether the store lets nothing else through meanwhile
     * @return done when all kept sessions have told
     */
    CompletableFuture<?> begin(boolean fenced) {
        List<CompletableFuture<?>> told = new ArrayList<>();
        kept.forEach((thread, sessions) ->
                told.add(CompletableFuture.runAsync(() -> sessions.forEach(each -> each.reassert(fenced)), thread)));
        CompletableFuture<?> all = CompletableFuture.allOf(told.toArray(new CompletableFuture<?>[0]));
        all.thenRun(() -> clean.forEach(Reassertion::reassertSome));
        return all;
    }

    private static void reassertSome(SessionThread thread, Deque<Session> sessions) {
        if (!sessions.isEmpty()) {
            thread.execute(() -> {
                CompletableFuture<?> last = CompletableFuture.completedFuture(null);
                for (int i = 0; i < MOST_REASSERTED && !sessions.isEmpty(); i++) {
                    last = sessions.remove().reassert(false);
                }
                last.whenComplete((nothing, failure) -> reassertSome(thread, sessions));
            });
        }
    }
}
