// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Membership;
import dev.holdfast.store.Reaped;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Leases in Redis. Each renewal moves the end of a lease; who sees one stand still for too long by a clock of its own has
 * it buried, if it still stands as it was seen. Any thread.
 */
public final class RedisMembership implements Membership {
    /** How long the dead are looked after: longer than a gateway can stand still and then go on. */
    private static final Duration MOURNING = Duration.ofHours(1);

    private static final int SOME = 256;

    private final RedisConnection connection;
    private final RedisSessionStore sessions;
    private final byte[] lease;
    private final Witness witness;

    /** Leases of such a duration; reaping takes the given store's sessions offline. */
    public RedisMembership(RedisConnection connection, RedisSessionStore sessions, Duration lease) {
        this.connection = connection;
        this.sessions = sessions;
        this.lease = RedisClock.bytes(lease.toMillis());
        this.witness = new Witness(lease);
    }

    @Override
    public CompletionStage<Boolean> join(String gateway) {
        boolean[] mayHaveMissed = new boolean[1];
        return call(
                        Script.MEMBER_JOIN,
                        reply -> {
                            boolean joined = truth(reply);
                            boolean isAlone = reply.number() == 1;
                            connection.terms().heard(reply.number());
                            connection.skews().heard(reply);
                            // Nobody can say whether another server has been the master meanwhile.
                            mayHaveMissed[0] =
                                    joined && isAlone && !connection.terms().isOwn();
                            return joined;
                        },
                        named(gateway))
                .thenCompose(
                        joined -> mayHaveMissed[0] ? beginTerm(gateway) : CompletableFuture.completedFuture(joined));
    }

    private CompletionStage<Boolean> beginTerm(String gateway) {
        Executor later =
                CompletableFuture.delayedExecutor(Terms.APART.toMillis(), TimeUnit.MILLISECONDS, connection.executor());
        return CompletableFuture.runAsync(connection.terms()::begin, later)
                .thenCompose(nothing -> renew(gateway)) // which tells the others
                .thenApply(renewal -> renewal != Renewal.BURIED);
    }

    @Override
    public CompletionStage<Renewal> renew(String gateway) {
        return call(Script.MEMBER_RENEW, this::renewal, named(gateway));
    }

    @Override
    public CompletionStage<Void> leave(String gateway) {
        return call(Script.MEMBER_LEAVE, reply -> null, utf8(gateway));
    }

    @Override
    public CompletionStage<Set<String>> living() {
        return call(Script.MEMBER_LIST, reply -> {
            reply.status();
            look(reply);
            return witness.living();
        });
    }

    @Override
    public CompletionStage<Integer> reap(int atMost, Consumer<Reaped> each) {
        List<byte[]> values = new ArrayList<>(List.of(RedisClock.bytes(MOURNING.toMillis())));
        witness.late().forEach((gateway, end) -> values.addAll(List.of(utf8(gateway), RedisClock.bytes(end))));
        return call(
                        Script.MEMBER_BURY,
                        reply -> {
                            reply.status();
                            int count = (int) reply.number();
                            List<String> dead = new ArrayList<>(count);
                            for (int i = 0; i < count; i++) {
                                dead.add(reply.text());
                            }
                            look(reply);
                            return dead;
                        },
                        values.toArray(new byte[0][]))
                .thenCompose(dead -> reap(dead, 0, 0, atMost, each));
    }

    @Override
    public CompletionStage<Integer> disclaim(String gateway, Predicate<String> holds, Consumer<Reaped> each) {
        List<CompletableFuture<Integer>> sets = new ArrayList<>();
        CompletableFuture<?> before = CompletableFuture.completedFuture(null);
        for (int set : sessions.owned().sets()) {
            // One after the other, and what is served though another part is away.
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
        return sessions.owned().page(gateway, set, cursor, SOME).thenCompose(page -> {
            List<CompletableFuture<Boolean>> visits = new ArrayList<>();
            for (OwnedSessions.Held one : page.held()) {
                if (!holds.test(one.clientId())) {
                    visits.add(sessions.departures()
                            .disclaim(one, gateway, each)
                            .thenCompose(
                                    was -> sessions.owned().leave(gateway, one).thenApply(nothing -> was)));
                }
            }
            return CompletableFuture.allOf(visits.toArray(new CompletableFuture<?>[0]))
                    .thenCompose(nothing -> {
                        int offline = (int)
                                visits.stream().filter(CompletableFuture::join).count();
                        return page.next().equals(OwnedSessions.FIRST_PAGE)
                                ? CompletableFuture.completedFuture(offline)
                                : disclaim(gateway, set, page.next(), holds, each)
                                        .thenApply(more -> offline + more);
                    });
        });
    }

    private byte[][] named(String gateway) {
        List<byte[]> values = new ArrayList<>(List.of(utf8(gateway), lease));
        values.addAll(connection.skews().said());
        return values.toArray(new byte[0][]);
    }

    /** The time and the leases behind an answer. */
    private void look(Reply reply) {
        long now = reply.number();
        Map<String, Long> ends = new HashMap<>();
        while (reply.hasNext()) {
            ends.put(reply.text(), reply.number());
        }
        witness.looked(ends, now, System.nanoTime());
    }

    private CompletionStage<Integer> reap(List<String> dead, int next, int reaped, int atMost, Consumer<Reaped> each) {
        if (next == dead.size() || reaped >= atMost) {
            return CompletableFuture.completedFuture(reaped);
        }
        String gateway = dead.get(next);
        return sessions.owned().some(gateway, Math.min(SOME, atMost - reaped)).thenCompose(held -> {
            if (held.isEmpty()) {
                return reap(dead, next + 1, reaped, atMost, each);
            }
            List<CompletableFuture<Boolean>> visits = new ArrayList<>();
            for (OwnedSessions.Held one : held) {
                // The mark goes after the session: a reaper that dies in between leaves it to the next one.
                visits.add(sessions.departures()
                        .orphan(one, gateway, each)
                        .thenCompose(was -> sessions.owned().leave(gateway, one).thenApply(nothing -> was)));
            }
            return CompletableFuture.allOf(visits.toArray(new CompletableFuture<?>[0]))
                    .thenCompose(nothing -> {
                        long offline =
                                visits.stream().filter(CompletableFuture::join).count();
                        return reap(dead, next, reaped + (int) offline, atMost, each);
                    });
        });
    }

    private <T> CompletableFuture<T> call(Script script, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(new ScriptCall<>(
                        script,
                        RedisKeys.slot(RedisKeys.MEMBERS_TAG),
                        List.of(
                                connection.keys().leases(),
                                connection.keys().dead(),
                                connection.keys().term(),
                                connection.keys().skews()),
                        decoder,
                        values)
                .ifServed());
    }

    private Renewal renewal(Reply reply) {
        reply.status();
        int found = (int) reply.number();
        connection.terms().heard(reply.number());
        connection.skews().heard(reply);
        return switch (found) {
            case 0 -> Renewal.BURIED;
            case 1 -> Renewal.RENEWED;
            default -> Renewal.FORGOTTEN;
        };
    }

    private static boolean truth(Reply reply) {
        reply.status();
        return reply.number() == 1;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
