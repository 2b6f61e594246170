// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import dev.holdfast.store.redis.RedisUrl;
import dev.holdfast.store.redis.failure.RedisTrouble;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether an address says TLS and its server speaks none, or the other way round. No error tells it: a Redis server
 * without TLS takes a TLS handshake for the beginning of a command and waits for its rest; one with TLS closes the connection.
 */
final class WrongScheme {
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private WrongScheme() {}

    /**
     * Tries the other scheme after a connection has failed.
     *
     * @param failure why it has failed
     * @return what is wrong, or null if the scheme is right
     */
    static @Nullable RedisTrouble find(RedisUrl server, IOException failure, Duration patience) {
        if (failure instanceof ConnectException
                || failure instanceof UnknownHostException
                || isAboutCertificates(failure)) {
            return null;
        }
        Duration shorter = patience.compareTo(LONGEST) < 0 ? patience : LONGEST;
        RedisUrl other = new RedisUrl(!server.tls(), null, null, server.host(), server.port(), 0);
        try (RespClient redis = RespClient.with(other, null, shorter)) {
            if (other.tls()) {
                return RedisTrouble.NEEDS_TLS; // the handshake is done
            }
            redis.ask("PING");
            return RedisTrouble.NO_TLS;
        } catch (IOException e) {
            return other.tls() && isAboutCertificates(e) ? RedisTrouble.NEEDS_TLS : null;
        }
    }

    /** Whether TLS is spoken, and a certificate is refused. */
    private static boolean isAboutCertificates(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean isAlert = cause instanceof SSLException
                    && String.valueOf(cause.getMessage()).contains("fatal alert");
            if (isAlert || cause instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }
}
