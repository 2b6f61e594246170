// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static dev.holdfast.store.redis.script.Arguments.ascii;
import static dev.holdfast.store.redis.script.Arguments.utf8;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The persistent sessions of each principal, so that their number can be bounded: one sorted set per principal, on a slot of
 * its own. Any thread.
 *
 * <p>A session does not lie on the slot of its principal, so the set may be ahead of the session or behind. A place is taken
 * before a session is made, and given back after it has ended; a gateway that dies in between leaves a place taken. When all
 * places are taken, some are looked at, and those without a session are given back. While the part of a cluster that has the
 * set of a principal is away, each gateway admits as many sessions as the principal may have, uncounted.
 */
public final class KeptSessions {
    private static final int LOOKED_AT = 8;
    private static final int HASH_BYTES = 16;
    /** How many principals may have uncounted sessions. */
    private static final int MOST_UNCOUNTED = 10_000;
    /** After so many ms a place without a session was taken for nothing. */
    private static final long MAKING_MILLIS = 60_000;
    /** How much longer the set lives than its sessions, in ms. */
    private static final long MARGIN_MILLIS = Expiry.MARGIN.toMillis();

    private final RedisConnection connection;
    private final Function<String, CompletableFuture<@Nullable SessionView>> view;
    /** How many sessions this gateway has admitted for each principal while the set was away. */
    private final Map<String, Integer> uncounted = new ConcurrentHashMap<>();

    /**
     * The sets of a store.
     *
     * @param view finds the session of a client identifier, or null
     */
    KeptSessions(RedisConnection connection, Function<String, CompletableFuture<@Nullable SessionView>> view) {
        this.connection = connection;
        this.view = view;
    }

    /** Takes a place for a session that is about to be made; false if no place is free. */
    CompletableFuture<Boolean> begin(AttachRequest request) {
        return take(request)
                .thenCompose(taken -> {
                    uncounted.remove(request.principal());
                    if (taken.isEmpty()) {
                        return CompletableFuture.completedFuture(true);
                    }
                    return giveBackWhatHasEnded(request.principal(), taken).thenCompose(some -> {
                        return some ? take(request).thenApply(List::isEmpty) : CompletableFuture.completedFuture(false);
                    });
                })
                .exceptionallyCompose(failure -> Failure.isPartAway(failure)
                        ? CompletableFuture.completedFuture(beginUncounted(request))
                        : CompletableFuture.failedFuture(failure));
    }

    /** Admits a session while the part of Redis with the set is away: it is counted when that part is back. */
    private boolean beginUncounted(AttachRequest request) {
        boolean isKnown = uncounted.containsKey(request.principal());
        return (isKnown || uncounted.size() < MOST_UNCOUNTED)
                && uncounted.merge(request.principal(), 1, Integer::sum) <= request.maxSessions();
    }

    /** The session has been made. */
    void made(AttachRequest request, SessionRef ref) {
        call(
                Script.KEPT_MADE,
                request.principal(),
                KeptSessions::nothing,
                utf8(ref.clientId()),
                ascii(ref.epoch()),
                ttl(Expiry.millis(request.expiry())));
    }

    /** The session has not been made: gives the place back. */
    void notMade(AttachRequest request) {
        end(request.principal(), new SessionRef(request.clientId(), 0));
    }

    /** A session has ended: gives its place back. */
    void ended(Erased erased) {
        end(erased.principal(), erased.ref());
    }

    /** A session lives on until the next visit at least: renews the TTL of the set. */
    void visited(String principal, long untilNextMillis) {
        if (!principal.isEmpty()) {
            call(Script.KEPT_VISIT, principal, KeptSessions::nothing, ttl(untilNextMillis));
        }
    }

    private void end(String principal, SessionRef ref) {
        if (!principal.isEmpty()) {
            call(Script.KEPT_END, principal, KeptSessions::nothing, utf8(ref.clientId()), ascii(ref.epoch()));
        }
    }

    /** Completes with an empty list if a place was taken, else with some of the taken places. */
    private CompletableFuture<List<SessionRef>> take(AttachRequest request) {
        return call(
                Script.KEPT_BEGIN,
                request.principal(),
                reply -> {
                    reply.status();
                    List<SessionRef> some = new ArrayList<>(reply.remaining() / 2);
                    while (reply.hasNext()) {
                        some.add(new SessionRef(reply.text(), reply.number()));
                    }
                    return some;
                },
                true,
                utf8(request.clientId()),
                ascii(request.maxSessions()),
                ttl(Expiry.millis(request.expiry())),
                ascii(LOOKED_AT));
    }

    private CompletableFuture<Boolean> giveBackWhatHasEnded(String principal, List<SessionRef> some) {
        CompletableFuture<Boolean> any = CompletableFuture.completedFuture(false);
        for (SessionRef place : some) {
            if (place.epoch() < 0 && connection.nowMillis() + place.epoch() < MAKING_MILLIS) {
                continue;
            }
            CompletableFuture<Boolean> hasEnded = view.apply(place.clientId())
                    .thenApply(session -> {
                        // The client may have a clean session by now, which needs no place.
                        boolean isFree = session == null
                                || !session.principal().equals(principal)
                                || session.expiry().isZero();
                        if (isFree) {
                            end(principal, place);
                        }
                        return isFree;
                    })
                    .exceptionally(unknown -> false);
            any = any.thenCombine(hasEnded, Boolean::logicalOr);
        }
        return any;
    }

    private static byte[] ttl(long millis) {
        return ascii(millis >= Expiry.NEVER_MILLIS ? 0 : 2 * millis + MARGIN_MILLIS);
    }

    private <T> CompletableFuture<T> call(
            Script script, String principal, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return call(script, principal, decoder, false, values);
    }

    private <T> CompletableFuture<T> call(
            Script script, String principal, ScriptCall.Decoder<T> decoder, boolean ifServed, byte[]... values) {
        String tag = tag(principal);
        ScriptCall<T> call = new ScriptCall<>(
                script, RedisKeys.slot(tag), List.of(connection.keys().kept(tag)), decoder, values);
        return connection.call(ifServed ? call.ifServed() : call);
    }

    /** The hash of a principal: names may be long, and are not to be seen in the names of keys. */
    public static String tag(String principal) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(principal.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static @Nullable Void nothing(Reply reply) {
        return null;
    }
}
