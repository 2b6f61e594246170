// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.PartAwayException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisBusyException;
import org.redisson.client.RedisClusterDownException;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisLoadingException;
import org.redisson.client.RedisMasterDownException;
import org.redisson.client.RedisNoReplicasException;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReadonlyException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisTryAgainException;
import org.redisson.client.RedisWrongPasswordException;

/** What a failed call means for its retry. */
enum Failure {
    /** Redis has refused it before it did anything, for the script is not loaded. */
    NO_SCRIPT,
    /** Redis has refused it before it did anything; later it may not. */
    REFUSED,
    /** Nobody knows whether it has been executed. */
    UNKNOWN,
    /** It would fail again: a bug, or a wrong setting. */
    FINAL;

    private static final List<String> REPLIES = List.of("OOM", "MISCONF", "NOREPLICAS", "NOAUTH", "NOPERM");
    private static final Map<Class<?>, String> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put(TooFewReplicasException.class, "replicas");
        KINDS.put(RedisNoScriptException.class, "noscript");
        KINDS.put(RedisOutOfMemoryException.class, "oom");
        KINDS.put(RedisReadonlyException.class, "readonly");
        KINDS.put(RedisLoadingException.class, "loading");
        KINDS.put(RedisClusterDownException.class, "clusterdown");
        KINDS.put(RedisTryAgainException.class, "tryagain");
        KINDS.put(RedisTimeoutException.class, "timeout");
        KINDS.put(RedisConnectionException.class, "connection");
        KINDS.put(IOException.class, "connection");
    }

    static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    static Failure of(Throwable thrown) {
        Throwable cause = unwrapped(thrown);
        if (cause instanceof RedisNoScriptException) {
            return NO_SCRIPT;
        }
        if (cause instanceof RedisLoadingException
                || cause instanceof RedisReadonlyException
                || cause instanceof RedisClusterDownException
                || cause instanceof RedisTryAgainException
                || cause instanceof RedisMasterDownException
                || cause instanceof RedisBusyException
                || cause instanceof RedisNoReplicasException
                || cause instanceof RedisOutOfMemoryException) {
            return REFUSED;
        }
        if (cause instanceof RedisAuthRequiredException || cause instanceof RedisWrongPasswordException) {
            return FINAL;
        }
        if (cause.getClass() == RedisException.class) {
            return ofReply(String.valueOf(cause.getMessage()));
        }
        return UNKNOWN;
    }

    /** Whether a call named keys of several slots where Redis takes but one. */
    static boolean isOfSeveralSlots(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisException
                    && String.valueOf(cause.getMessage()).startsWith("CROSSSLOT")) {
                return true;
            }
        }
        return false;
    }

    /** Whether the part of a cluster that was asked is away. */
    static boolean isPartAway(Throwable thrown) {
        return unwrapped(thrown) instanceof PartAwayException;
    }

    /** A short word for it, to count it under. */
    static String kindOf(Throwable thrown) {
        Throwable cause = unwrapped(thrown);
        for (Map.Entry<Class<?>, String> kind : KINDS.entrySet()) {
            if (kind.getKey().isInstance(cause)) {
                return kind.getValue();
            }
        }
        String message = String.valueOf(cause.getMessage());
        for (String reply : REPLIES) {
            if (message.contains(reply)) {
                return reply.toLowerCase(Locale.ROOT);
            }
        }
        return "other";
    }

    /** By the error reply, for those that Redisson has no class for. */
    private static Failure ofReply(String message) {
        if (message.contains("READONLY")
                || message.contains("OOM command not allowed")
                || message.contains("MISCONF")
                || message.startsWith("NOREPLICAS")
                || message.startsWith("LOADING")
                || message.startsWith("CLUSTERDOWN")) {
            return REFUSED;
        }
        boolean reply = message.startsWith("ERR ")
                || message.startsWith("WRONGTYPE")
                || message.startsWith("NOPERM")
                || message.startsWith("NOAUTH")
                || message.startsWith("CROSSSLOT")
                || message.contains("user_script");
        return reply ? FINAL : UNKNOWN;
    }
}
