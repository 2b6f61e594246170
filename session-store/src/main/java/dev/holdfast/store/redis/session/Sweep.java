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

/** One walk over the shards of the index, shard by shard, from a random one on. */
final class Sweep {
    /**
     * What a visit found.
     *
     * @param clientId who was visited
     * @param nextVisit when to come again, or 0 if nothing is left
     * @param principal whose session it is, or was; empty if there is none
     * @param hasLeft whether something is left to the other members of shared subscriptions
     * @param erased the session that has expired, or null
     * @param wills what else is due
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
                            : walk(visited + 1); // what is served is swept
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
        // What was claimed is the caller's even if another visit fails: that one is due again after its lease.
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
