// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How one gets in at the servers. The suppliers are asked at each new connection, on a thread of Redisson, and may answer
 * differently from time to time: a password that has been changed is used without a restart.
 *
 * @param servers who a connection to Redis says it is
 * @param sentinels who a connection to a Sentinel says it is, if that asks
 * @param tls how {@code rediss} servers are known and what they are shown; null for the JDK's authorities and no
 *     certificate of our own
 */
public record RedisAccess(
        Supplier<Login> servers,
        Supplier<Login> sentinels,
        @Nullable Tls tls) {
    /** Nobody, without TLS of its own. */
    public static final RedisAccess ANONYMOUS = of(Login.NONE);

    /** The same user all the time, and no password at the Sentinels. */
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
        /** Says nothing. */
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
