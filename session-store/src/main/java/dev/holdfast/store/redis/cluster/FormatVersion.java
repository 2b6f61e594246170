// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.redis.RedisRefusedException;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The format in which sessions, queues and retained messages are kept in Redis: a number beside them, which a gateway compares
 * with its own before it reads anything else. Any thread.
 */
public final class FormatVersion {
    /** The format that this build reads and writes. */
    public static final int CURRENT = 1;

    private final RedisConnection connection;

    /** The format of what is kept where a connection leads. */
    public FormatVersion(RedisConnection connection) {
        this.connection = connection;
    }

    /**
     * Looks whether this build may use what is kept. Where no format is noted, nothing is kept, or builds have written it that
     * noted none and whose format was 1; then 1 is noted.
     *
     * @return done if it may; exceptionally {@link RedisRefusedException} of kind {@code format}, which tells the operator what to
     *     do, if another format is noted
     */
    public CompletionStage<Void> check() {
        return connection
                .call(new ScriptCall<>(
                        Script.FORMAT,
                        RedisKeys.slot(RedisKeys.MEMBERS_TAG),
                        List.of(connection.keys().format()),
                        reply -> {
                            reply.status();
                            return reply.text();
                        },
                        Arguments.ascii(CURRENT)))
                .thenCompose(kept -> kept.equals(Integer.toString(CURRENT))
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(new RedisRefusedException("format", refusal(kept))));
    }

    private String refusal(String kept) {
        String what = "what is kept there has format " + printable(kept) + " ("
                + connection.keys().format() + "), and this build reads " + CURRENT + ". Nothing was changed. ";
        return what
                + (isNewer(kept)
                        ? "A newer Holdfast has written it: start that one again, or restore the backup from before the upgrade."
                        : "No Holdfast of this line has written it: give this one a prefix or a database of its own.");
    }

    private static boolean isNewer(String kept) {
        return kept.matches("[1-9][0-9]{0,8}") && Integer.parseInt(kept) > CURRENT;
    }

    private static String printable(String kept) {
        return kept.matches("[!-~]{1,20}") ? kept : "that is no number";
    }
}
