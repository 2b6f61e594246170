// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How a gateway logs in at the servers. The suppliers are asked at each new connection, on a thread of Redisson, and may give
 * another login each time: a changed password is used without a restart.
 *
 * @param servers the login for a Redis server
 * @param sentinels the login for a Sentinel that asks for one
 * @param tls how {@code rediss} servers are verified and which certificate they are shown; null for the JDK's authorities and no
 *     certificate
 */
public record RedisAccess(
        Supplier<Login> servers,
        Supplier<Login> sentinels,
        @Nullable Tls tls) {
    /** No login, no TLS settings. */
    public static final RedisAccess ANONYMOUS = of(Login.NONE);

    /** A login that never changes, and none for the Sentinels. */
    public static RedisAccess of(Login login) {
        return new RedisAccess(() -> login, () -> Login.NONE, null);
    }

    /**
     * A user and its password.
     *
     * @param username the ACL user, or null for the default one
     * @param password its password, or null to say nothing at all
     */
    public record Login(@Nullable String username, @Nullable String password) {
        /** No login. */
        public static final Login NONE = new Login(null, null);

        /** Names the user and never the password. */
        @Override
        public String toString() {
            return username == null ? "the default user" : "user '" + username + "'";
        }
    }

    /**
     * What TLS needs. Both are asked for their managers at each new connection.
     *
     * @param keys our own certificate with its key, or null
     * @param authorities who signs the certificates of servers; null for the JDK's
     */
    public record Tls(
            @Nullable KeyManagerFactory keys, @Nullable TrustManagerFactory authorities) {}
}
