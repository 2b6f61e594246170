// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

import dev.holdfast.store.redis.RedisRefusedException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisBusyException;
import org.redisson.client.RedisClusterDownException;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisException;
import org.redisson.client.RedisLoadingException;
import org.redisson.client.RedisMasterDownException;
import org.redisson.client.RedisNoReplicasException;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.RedisNodeNotFoundException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReadonlyException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisTryAgainException;
import org.redisson.client.RedisWrongPasswordException;

/**
 * Why Redis, or the network on the way, does not do what it is asked, in words for the operator. The messages of libraries name
 * classes, channels and the arguments of calls, among them passwords and messages of clients: none of these is in the words.
 *
 * @param kind a short constant for metrics: {@code oom}, {@code wrongpass}, {@code timeout}
 * @param words what follows the name of the server: {@code wants a password, and none is given}
 */
public record RedisTrouble(String kind, String words) {
    /** All kinds. */
    public static final List<String> KINDS = List.of(
            "busy",
            "certificate",
            "clusterdown",
            "connection",
            "database",
            "denied",
            "eviction",
            "loading",
            "masterdown",
            "maxclients",
            "misconf",
            "mode",
            "noauth",
            "noperm",
            "noreplicas",
            "noscript",
            "oom",
            "other",
            "protocol",
            "readonly",
            "replicas",
            "timeout",
            "tls",
            "tryagain",
            "version",
            "wrongpass");

    /** The server speaks TLS, and the address says it does not. */
    public static final RedisTrouble NEEDS_TLS =
            new RedisTrouble("tls", "speaks TLS: its address has to begin with rediss://");
    /** The server speaks no TLS, and the address says it does. */
    public static final RedisTrouble NO_TLS =
            new RedisTrouble("tls", "does not speak TLS: its address has to begin with redis://");

    private static final int LONGEST = 200;
    private static final String CERTIFICATE = "certificate";
    private static final String OWN = " (store.redis.certificate)";
    private static final String HANGS_UP = "closes the connection after the TLS handshake, as one does that ";
    /** The server has closed a TLS connection on which it was shown no certificate. */
    public static final RedisTrouble MAY_WANT_CERTIFICATE =
            new RedisTrouble(CERTIFICATE, HANGS_UP + "wants to be shown a certificate" + OWN);
    /** The server has closed a TLS connection on which it was shown a certificate. */
    public static final RedisTrouble MAY_DISLIKE_CERTIFICATE =
            new RedisTrouble(CERTIFICATE, HANGS_UP + "does not take the certificate that it is shown" + OWN);
    /** The server has closed the connection. */
    public static final RedisTrouble GONE = new RedisTrouble("connection", "has closed the connection");

    /** It is not known why. */
    static final RedisTrouble UNKNOWN = new RedisTrouble("other", "fails");

    private static final RedisTrouble SILENT = new RedisTrouble("timeout", "has not answered in time");
    private static final RedisTrouble CANNOT_BE_REACHED = new RedisTrouble("connection", "cannot be reached");
    private static final RedisTrouble NO_PASSWORD =
            new RedisTrouble("noauth", "wants a password, and is given none (NOAUTH; store.redis.password-file)");
    private static final RedisTrouble WRONG_PASSWORD = new RedisTrouble(
            "wrongpass", "does not take the user name or the password, or the user is disabled (WRONGPASS)");
    private static final RedisTrouble UNWANTED_PASSWORD =
            new RedisTrouble("wrongpass", "has no password for its default user, and is given one");

    /** What an error reply begins with, or contains, and what it means. The first that fits counts. */
    private static final Map<Pattern, RedisTrouble> REPLIES = new LinkedHashMap<>();
    /** The classes that Redisson makes of replies. */
    private static final Map<Class<? extends Throwable>, RedisTrouble> CLASSES = new LinkedHashMap<>();
    /** A right is missing; within a script Redis 6.2, 7.0 and 7.2 say it in three ways. */
    private static final Pattern NO_RIGHT = Pattern.compile(
            "(?:NOPERM|ACL failure in script:|(?=The user executing the script can't))[ :]*(.*?)(?: script: [0-9a-f]{40}.*)?$",
            Pattern.DOTALL);

    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    static {
        reply("^NOAUTH", NO_PASSWORD);
        reply("^WRONGPASS|^ERR invalid password", WRONG_PASSWORD);
        reply("^ERR .*AUTH.*(without any password|no password is set)", UNWANTED_PASSWORD);
        reply(
                "DB index is out of range|^ERR invalid DB index|^ERR SELECT is not allowed",
                "database",
                "has no such database");
        reply("OOM command not allowed|^-?OOM", "oom", "takes no more: its memory is full (OOM, maxmemory)");
        reply("MISCONF", "misconf", "takes nothing more since it cannot save what it has (MISCONF)");
        reply("^NOREPLICAS", "noreplicas", "has too few replicas to take anything (NOREPLICAS, min-replicas-to-write)");
        reply("READONLY", "readonly", "is a replica (READONLY)");
        reply("^LOADING", "loading", "is loading what it had saved (LOADING)");
        reply("^CLUSTERDOWN", "clusterdown", "does not serve this part of the cluster (CLUSTERDOWN)");
        reply("^TRYAGAIN", "tryagain", "is moving the slot (TRYAGAIN)");
        reply("^MASTERDOWN", "masterdown", "has lost its master (MASTERDOWN)");
        reply("^UNBLOCKED", "connection", "has ended a call that waited, for it has become a replica");
        reply("^BUSY", "busy", "is busy with a script (BUSY)");
        reply("^NOSCRIPT", "noscript", "does not know the script (NOSCRIPT)");
        reply("^DENIED", "denied", "takes connections from its own machine only (DENIED, protected-mode)");
        reply("max number of clients reached", "maxclients", "has as many clients as it may have (maxclients)");

        CLASSES.put(RedisAuthRequiredException.class, NO_PASSWORD);
        CLASSES.put(RedisWrongPasswordException.class, WRONG_PASSWORD);
        CLASSES.put(RedisOutOfMemoryException.class, ofReply("OOM"));
        CLASSES.put(RedisReadonlyException.class, ofReply("READONLY"));
        CLASSES.put(RedisLoadingException.class, ofReply("LOADING"));
        CLASSES.put(RedisClusterDownException.class, ofReply("CLUSTERDOWN"));
        CLASSES.put(RedisNodeNotFoundException.class, ofReply("CLUSTERDOWN"));
        CLASSES.put(RedisTryAgainException.class, ofReply("TRYAGAIN"));
        CLASSES.put(RedisMasterDownException.class, ofReply("MASTERDOWN"));
        CLASSES.put(RedisBusyException.class, ofReply("BUSY"));
        CLASSES.put(RedisNoReplicasException.class, ofReply("NOREPLICAS"));
        CLASSES.put(RedisNoScriptException.class, ofReply("NOSCRIPT"));
        CLASSES.put(
                CertificateExpiredException.class,
                new RedisTrouble(CERTIFICATE, "shows a certificate that has expired"));
        CLASSES.put(
                CertificateNotYetValidException.class,
                new RedisTrouble(CERTIFICATE, "shows a certificate that is not valid yet"));
        CLASSES.put(
                CertPathBuilderException.class,
                new RedisTrouble(
                        CERTIFICATE,
                        "shows a certificate that none of the authorities has signed (store.redis.ca, store.redis.trust-store)"));
        CLASSES.put(NotSslRecordException.class, NO_TLS);
        CLASSES.put(
                NoRouteToHostException.class,
                new RedisTrouble("connection", "is on no network that is reached from here"));
        CLASSES.put(ConnectTimeoutException.class, SILENT);
        CLASSES.put(
                ConnectException.class, new RedisTrouble("connection", "refuses the connection: nobody listens there"));
        CLASSES.put(SocketTimeoutException.class, SILENT);
        CLASSES.put(EOFException.class, GONE);
        CLASSES.put(NoRedisException.class, new RedisTrouble("protocol", "does not answer as Redis does"));
    }

    /** A trouble of one of the {@link #KINDS}. */
    public RedisTrouble {
        assert KINDS.contains(kind) : kind;
    }

    private static void reply(String pattern, RedisTrouble trouble) {
        REPLIES.put(Pattern.compile(pattern), trouble);
    }

    private static void reply(String pattern, String kind, String words) {
        reply(pattern, new RedisTrouble(kind, words));
    }

    /** The meaning of an error reply. */
    public static RedisTrouble ofReply(String reply) {
        String right = missingRight(reply);
        if (right != null) {
            // Redis 7.0 does not say which right a script lacks.
            String which = right.startsWith("The user executing the script") ? "; check-config --online names it" : "";
            return new RedisTrouble("noperm", "denies its user a right (NOPERM): " + right + which);
        }
        for (Map.Entry<Pattern, RedisTrouble> known : REPLIES.entrySet()) {
            if (known.getKey().matcher(reply).find()) {
                return known.getValue();
            }
        }
        return new RedisTrouble("other", "says " + shortened(reply));
    }

    /** What an error reply says about a right that the user lacks; null if the reply is about something else. */
    public static @Nullable String missingRight(String reply) {
        Matcher matcher = NO_RIGHT.matcher(reply);
        return matcher.find() ? shortened(matcher.group(1)) : null;
    }

    /** The meaning of a failure: that of the first of its causes that says more than that something has failed. */
    public static RedisTrouble of(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 20; cause = cause.getCause(), depth++) {
            RedisTrouble precise = precisely(cause);
            if (precise != null) {
                return precise;
            }
        }
        Throwable failed = Failure.unwrapped(thrown);
        while (saysOnlyThatItHasFailed(failed) && failed.getCause() != null) {
            failed = Failure.unwrapped(failed.getCause());
        }
        if (failed instanceof RedisTimeoutException || failed instanceof TimeoutException) {
            return SILENT;
        }
        if (failed instanceof RedisConnectionException) {
            return CANNOT_BE_REACHED;
        }
        return failed instanceof IOException ? GONE : UNKNOWN;
    }

    /** Redisson puts a plain {@code RedisException} around what it has no words for, a connection that has ended among it. */
    private static boolean saysOnlyThatItHasFailed(Throwable failed) {
        return failed instanceof NotSentException || failed.getClass() == RedisException.class;
    }

    private static @Nullable RedisTrouble precisely(Throwable cause) {
        if (cause instanceof TooFewReplicasException) {
            return new RedisTrouble("replicas", "has not reached enough replicas: " + cause.getMessage());
        }
        if (cause instanceof RedisRefusedException refused) {
            return new RedisTrouble(refused.kind(), String.valueOf(refused.getMessage()));
        }
        for (Map.Entry<Class<? extends Throwable>, RedisTrouble> known : CLASSES.entrySet()) {
            if (known.getKey().isInstance(cause)) {
                return known.getValue();
            }
        }
        String message = String.valueOf(cause.getMessage());
        if (cause.getClass() == RedisException.class && cause.getCause() == null) {
            return ofReply(replyIn(message));
        }
        if (cause instanceof UnknownHostException) {
            return new RedisTrouble("connection", "has a name that nobody knows");
        }
        if (cause instanceof CertPathValidatorException && cause.getCause() == null) {
            return new RedisTrouble(CERTIFICATE, "shows a certificate that is not valid: " + shortened(message));
        }
        if (cause instanceof CertificateException && cause.getCause() == null) {
            return new RedisTrouble(CERTIFICATE, "shows a certificate of another name: " + shortened(message));
        }
        if (cause instanceof SSLException && !(cause.getCause() instanceof CertificateException)) {
            return ofTls(message);
        }
        return null;
    }

    private static RedisTrouble ofTls(String message) {
        Matcher alert = ALERT.matcher(message);
        if (!alert.find()) {
            return message.contains("Unsupported or unrecognized SSL message")
                    ? NO_TLS
                    : new RedisTrouble("tls", "ends the TLS handshake: " + shortened(message));
        }
        String name = alert.group(1).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "certificate_required" -> new RedisTrouble(CERTIFICATE, "wants to be shown a certificate" + OWN);
            case "unknown_ca",
                    "bad_certificate",
                    "certificate_unknown",
                    "certificate_expired",
                    "certificate_revoked",
                    "unsupported_certificate" ->
                new RedisTrouble(
                        CERTIFICATE, "does not take the certificate that it is shown, or that none is: " + name + OWN);
            case "handshake_failure" ->
                new RedisTrouble("tls", "ends the TLS handshake; it may want to be shown a certificate" + OWN);
            default -> new RedisTrouble("tls", "ends the TLS handshake: " + name);
        };
    }

    /** The error reply in a message of Redisson, which puts the channel and the whole call behind the reply. */
    private static String replyIn(String message) {
        int end = message.indexOf(". channel:");
        return end < 0 ? message : message.substring(0, end);
    }

    private static String shortened(String text) {
        String line = text.lines().findFirst().orElse("").strip();
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
    }
}
