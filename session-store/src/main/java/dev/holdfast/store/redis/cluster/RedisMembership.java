// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.cluster.Membership;
import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.redis.server.Terms;
import dev.holdfast.store.redis.session.RedisSessionStore;
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
 * Leases in Redis. Each renewal moves the end of a lease. A gateway that sees the end of another's lease stand still for too long,
 * by its own clock, takes that gateway for dead; the script does so only if the lease still ends as it was seen. Any thread.
 */
public final class RedisMembership implements Membership {
    /** For how long a dead gateway is reaped: longer than a gateway can stand still and then go on. */
    private static final Duration MOURNING = Duration.ofHours(1);

    private final RedisConnection connection;
    private final RedisSessionStore sessions;
    private final byte[] lease;
    private final Witness witness;

    /** A membership with leases of a duration; reaping takes sessions of the given store offline. */
    public RedisMembership(RedisConnection connection, RedisSessionStore sessions, Duration lease) {
        this.connection = connection;
        this.sessions = sessions;
        this.lease = Arguments.ascii(lease.toMillis());
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
                            // No other gateway was there that could say whether another server has been the master.
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
                .thenApply(renewal -> renewal != RenewalResult.BURIED);
    }

    @Override
    public CompletionStage<RenewalResult> renew(String gateway) {
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
        List<byte[]> values = new ArrayList<>(List.of(Arguments.ascii(MOURNING.toMillis())));
        witness.late().forEach((gateway, end) -> values.addAll(List.of(utf8(gateway), Arguments.ascii(end))));
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
                .thenCompose(dead -> sessions.reaper().reap(dead, atMost, each));
    }

    @Override
    public CompletionStage<Integer> disclaim(String gateway, Predicate<String> holds, Consumer<Reaped> each) {
        return sessions.reaper().disclaim(gateway, holds, each);
    }

    private byte[][] named(String gateway) {
        List<byte[]> values = new ArrayList<>(List.of(utf8(gateway), lease));
        values.addAll(connection.skews().said());
        return values.toArray(new byte[0][]);
    }

    /** Reads the time and the leases at the end of an answer. */
    private void look(Reply reply) {
        long now = reply.number();
        Map<String, Long> ends = new HashMap<>();
        while (reply.hasNext()) {
            ends.put(reply.text(), reply.number());
        }
        witness.looked(ends, now, System.nanoTime());
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

    private RenewalResult renewal(Reply reply) {
        reply.status();
        int found = (int) reply.number();
        connection.terms().heard(reply.number());
        connection.skews().heard(reply);
        return switch (found) {
            case Reply.BURIED -> RenewalResult.BURIED;
            case Reply.RENEWED -> RenewalResult.RENEWED;
            default -> RenewalResult.FORGOTTEN;
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
