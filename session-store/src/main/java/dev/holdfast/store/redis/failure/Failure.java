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
import org.redisson.client.RedisRedirectException;
import org.redisson.client.RedisTryAgainException;
import org.redisson.client.RedisWrongPasswordException;

/** Whether a call that has failed may be sent again. */
public enum Failure {
    /** Redis has executed nothing, since it does not have the script. */
    NO_SCRIPT,
    /** Redis has executed nothing and may take the call later. */
    REFUSED,
    /** Redis has executed nothing, since another master serves the slot. */
    ELSEWHERE,
    /** Nobody knows whether Redis has executed the call. */
    UNKNOWN,
    /** The call would fail again: a bug, or a wrong setting. */
    FINAL;

    private static final String DENIED_IN_A_SCRIPT = "NOPERM ACL failure in script";

    /** The cause within any number of {@code CompletionException}s and {@code ExecutionException}s. */
    public static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** What a failure means, of our own or of Redisson. */
    public static Failure of(Throwable thrown) {
        Throwable cause = unwrapped(thrown);
        if (cause instanceof RedisNoScriptException) {
            return NO_SCRIPT;
        }
        if (cause instanceof RedisRedirectException) {
            return ELSEWHERE;
        }
        if (cause instanceof NotSentException
                || cause instanceof RedisLoadingException
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

    /** Whether Redis has refused a call because its keys are on several slots. */
    public static boolean isOfSeveralSlots(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisException
                    && String.valueOf(cause.getMessage()).startsWith("CROSSSLOT")) {
                return true;
            }
        }
        return false;
    }

    /** Whether a call has failed because its part of a cluster is away. */
    public static boolean isPartAway(Throwable thrown) {
        return unwrapped(thrown) instanceof PartAwayException;
    }

    /** By the error reply, where Redisson has no class for it. */
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
            return UNKNOWN; // the script has been executed up to the command that was denied
        }
        boolean reply = message.startsWith("ERR ")
                || message.startsWith("WRONGTYPE")
                || message.startsWith("CROSSSLOT")
                || message.contains("user_script");
        return reply ? FINAL : UNKNOWN;
    }
}
