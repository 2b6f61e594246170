// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionStore.Due;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One sweep: visits the due sessions of the index, shard by shard, from a random shard on. */
final class Sweep {
    /**
     * What a visit has found.
     *
     * @param clientId the client identifier
     * @param nextVisit when the next visit is, or 0 for none
     * @param principal the principal of the session, or of the session that has expired; empty if there is none
     * @param hasLeft whether there are messages for the other members of shared subscriptions
     * @param erased the session that has expired, or null
     * @param wills other wills that are due
     */
    record Claimed(
            String clientId,
            long nextVisit,
            String principal,
            boolean hasLeft,
            @Nullable Erased erased,
            List<DueWill> wills) {}

    private final SessionIndex index;
    private final Function<String, CompletableFuture<Claimed>> claim;
    private final int atMost;
    private final int firstShard = ThreadLocalRandom.current().nextInt(SessionIndex.SHARDS);
    private final List<Erased> expired = new ArrayList<>();
    private final List<DueWill> wills = new ArrayList<>();
    private final List<String> leftovers = new ArrayList<>();
    private int missed;

    Sweep(SessionIndex index, Function<String, CompletableFuture<Claimed>> claim, int atMost) {
        this.index = index;
        this.claim = claim;
        this.atMost = atMost;
    }

    CompletableFuture<Due> run() {
        return walk(0);
    }

    private CompletableFuture<Due> walk(int visited) {
        int room = atMost - Math.max(expired.size(), wills.size());
        if (visited == SessionIndex.SHARDS || room <= 0) {
            return CompletableFuture.completedFuture(new Due(expired, wills, leftovers));
        }
        int shard = (firstShard + visited) % SessionIndex.SHARDS;
        return index.due(shard, room)
                .thenApply(leased -> visit(leased, room, visited))
                .exceptionally(away -> {
                    missed++;
                    return missed == SessionIndex.SHARDS
                            ? CompletableFuture.failedFuture(away)
                            : walk(visited + 1); // the other shards are swept though this one is away
                })
                .thenCompose(rest -> rest);
    }

    private CompletableFuture<Due> visit(SessionIndex.Leased leased, int room, int visited) {
        List<CompletableFuture<Void>> visits = new ArrayList<>();
        List<Claimed> claims = new ArrayList<>();
        for (String clientId : leased.clientIds()) {
            visits.add(claim.apply(clientId).thenCompose(claimed -> {
                synchronized (claims) {
                    claims.add(claimed);
                }
                return index.settle(leased, clientId, claimed.nextVisit());
            }));
        }
        // If one visit fails, the sessions of the other visits are claimed all the same. The failed one is due again
        // after
        // its lease.
        return CompletableFuture.allOf(visits.toArray(new CompletableFuture<?>[0]))
                .handle((nothing, failure) -> failure)
                .thenCompose(failure -> {
                    synchronized (claims) {
                        take(claims);
                    }
                    boolean isFull = leased.clientIds().size() == room;
                    return walk(failure == null && isFull ? visited : visited + 1);
                });
    }

    private void take(List<Claimed> claims) {
        for (Claimed claimed : claims) {
            if (claimed.erased() != null) {
                expired.add(claimed.erased());
            }
            wills.addAll(claimed.wills());
            if (claimed.hasLeft()) {
                leftovers.add(claimed.clientId());
            }
        }
    }
}
