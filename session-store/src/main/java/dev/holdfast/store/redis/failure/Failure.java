// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import dev.holdfast.store.PartAwayException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisBusyException;
import org.redisson.client.RedisClusterDownException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisLoadingException;
import org.redisson.client.RedisMasterDownException;
import org.redisson.client.RedisNoReplicasException;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReadonlyException;
import org.redisson.client.RedisTryAgainException;
import org.redisson.client.RedisWrongPasswordException;

/** What a failed call means for its retry. */
public enum Failure {
    /** Redis has refused it before it did anything, for the script is not loaded. */
    NO_SCRIPT,
    /** Redis has refused it before it did anything; later it may not. */
    REFUSED,
    /** Nobody knows whether it has been executed. */
    UNKNOWN,
    /** It would fail again: a bug, or a wrong setting. */
    FINAL;

    private static final String DENIED_IN_A_SCRIPT = "NOPERM ACL failure in script";

    public static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    public static Failure of(Throwable thrown) {
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
                || cause instanceof RedisOutOfMemoryException
                || cause instanceof RedisAuthRequiredException
                || cause instanceof RedisWrongPasswordException) {
            return REFUSED;
        }
        if (cause.getClass() == RedisException.class) {
            return ofReply(String.valueOf(cause.getMessage()));
        }
        return UNKNOWN;
    }

    /** Whether a call named keys of several slots where Redis takes but one. */
    public static boolean isOfSeveralSlots(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisException
                    && String.valueOf(cause.getMessage()).startsWith("CROSSSLOT")) {
                return true;
            }
        }
        return false;
    }

    /** Whether the part of a cluster that was asked is away. */
    public static boolean isPartAway(Throwable thrown) {
        return unwrapped(thrown) instanceof PartAwayException;
    }

    /** By the error reply, for those that Redisson has no class for. */
    private static Failure ofReply(String message) {
        if (message.contains("READONLY")
                || message.contains("OOM command not allowed")
                || message.contains("MISCONF")
                || message.startsWith("NOREPLICAS")
                || message.startsWith("LOADING")
                || message.startsWith("CLUSTERDOWN")
                || message.startsWith("NOAUTH")
                || (message.startsWith("NOPERM") && !message.startsWith(DENIED_IN_A_SCRIPT))) {
            return REFUSED;
        }
        if (RedisTrouble.missingRight(message) != null) {
            return UNKNOWN; // the script has done what stands before it
        }
        boolean reply = message.startsWith("ERR ")
                || message.startsWith("WRONGTYPE")
                || message.startsWith("CROSSSLOT")
                || message.contains("user_script");
        return reply ? FINAL : UNKNOWN;
    }
}
