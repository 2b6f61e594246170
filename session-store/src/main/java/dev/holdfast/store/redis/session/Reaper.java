// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.cluster.Reaped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Takes sessions offline whose connection has ended though nobody has said so: those of a dead gateway, and those that a
 * living gateway does not hold. Any thread.
 */
public final class Reaper {
    /** How many sessions are read from a gateway's list at once. */
    private static final int PAGE = 256;

    private final OwnedSessions owned;
    private final DetachCalls detaches;

    Reaper(OwnedSessions owned, DetachCalls detaches) {
        this.owned = owned;
        this.detaches = detaches;
    }

    /**
     * Takes sessions of dead gateways offline.
     *
     * @param dead the dead gateways, looked at in this order
     * @param atMost how many sessions at the most
     * @param each hears of each session that was taken, on any thread
     * @return how many went offline; fewer than asked for when there are no more
     */
    public CompletableFuture<Integer> reap(List<String> dead, int atMost, Consumer<Reaped> each) {
        return reap(dead, 0, 0, atMost, each);
    }

    private CompletableFuture<Integer> reap(
            List<String> dead, int next, int reaped, int atMost, Consumer<Reaped> each) {
        if (next == dead.size() || reaped >= atMost) {
            return CompletableFuture.completedFuture(reaped);
        }
        String gateway = dead.get(next);
        return owned.some(gateway, Math.min(PAGE, atMost - reaped)).thenCompose(held -> {
            if (held.isEmpty()) {
                return reap(dead, next + 1, reaped, atMost, each);
            }
            List<CompletableFuture<Boolean>> visits = new ArrayList<>();
            for (OwnedSessions.Held one : held) {
                // The session leaves the list after it went offline: the next reaper finds it if this one dies before.
                visits.add(detaches.orphan(one, gateway, each)
                        .thenCompose(was -> owned.leave(gateway, one).thenApply(nothing -> was)));
            }
            return count(visits).thenCompose(offline -> reap(dead, next, reaped + offline, atMost, each));
        });
    }

    /**
     * Takes sessions offline that stand on the list of a living gateway and that it does not hold.
     *
     * @param holds whether the gateway has a connection of a client identifier; asked on any thread
     * @param each hears of each session that was taken, on any thread
     * @return how many went offline; exceptionally if not all could be looked at
     */
    public CompletableFuture<Integer> disclaim(String gateway, Predicate<String> holds, Consumer<Reaped> each) {
        List<CompletableFuture<Integer>> sets = new ArrayList<>();
        CompletableFuture<?> before = CompletableFuture.completedFuture(null);
        for (int set : owned.sets()) {
            // One set after the other. A set that cannot be reached does not keep the next ones from being looked at.
            CompletableFuture<Integer> its = before.handle((nothing, failure) -> true)
                    .thenCompose(next -> disclaim(gateway, set, OwnedSessions.FIRST_PAGE, holds, each));
            sets.add(its);
            before = its;
        }
        return CompletableFuture.allOf(sets.toArray(new CompletableFuture<?>[0]))
                .thenApply(nothing ->
                        sets.stream().mapToInt(CompletableFuture::join).sum());
    }

    private CompletableFuture<Integer> disclaim(
            String gateway, int set, String cursor, Predicate<String> holds, Consumer<Reaped> each) {
        return owned.page(gateway, set, cursor, PAGE).thenCompose(page -> {
            List<CompletableFuture<Boolean>> visits = new ArrayList<>();
            for (OwnedSessions.Held one : page.held()) {
                if (!holds.test(one.clientId())) {
                    visits.add(detaches.disclaim(one, gateway, each)
                            .thenCompose(was -> owned.leave(gateway, one).thenApply(nothing -> was)));
                }
            }
            return count(visits)
                    .thenCompose(offline -> page.next().equals(OwnedSessions.FIRST_PAGE)
                            ? CompletableFuture.completedFuture(offline)
                            : disclaim(gateway, set, page.next(), holds, each).thenApply(more -> offline + more));
        });
    }

    private static CompletableFuture<Integer> count(List<CompletableFuture<Boolean>> visits) {
        return CompletableFuture.allOf(visits.toArray(new CompletableFuture<?>[0]))
                .thenApply(nothing ->
                        (int) visits.stream().filter(CompletableFuture::join).count());
    }
}
