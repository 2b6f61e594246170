// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a client has proved to be.
 *
 * @param principal issuer and subject in one string; sessions belong to it. Empty for anonymous clients
 * @param permissions what it may publish, subscribe to and receive
 * @param expiresAt until when, skew included, or null for ever
 * @param token which token said so, for comparing with a {@link Revocation}; null without one
 * @param isClientIdBound whether the issuer's settings have compared the client identifier with what the token says
 */
public record Identity(
        String principal,
        Permissions permissions,
        @Nullable Instant expiresAt,
        @Nullable TokenRef token,
        boolean isClientIdBound) {
    /** Everybody, allowed everything but to publish to system topics. */
    public static final Identity ANONYMOUS = new Identity("", Permissions.ALL, null);

    /** An identity that did not come from a token. */
    public Identity(String principal, Permissions permissions, @Nullable Instant expiresAt) {
        this(principal, permissions, expiresAt, null, false);
    }

    /** The principal of a subject of an issuer. */
    public static String principal(String issuer, String subject) {
        return issuer + "|" + subject;
    }

    /**
     * Whether a client identifier cannot be meant for somebody else: it was bound by the issuer's settings, or is the subject,
     * or begins with the subject and a character that is no letter or digit. So is any of a client without a token.
     */
    public boolean owns(String clientId) {
        if (token == null || isClientIdBound) {
            return true;
        }
        String subject = token.subject();
        return clientId.startsWith(subject)
                && (clientId.length() == subject.length()
                        || !Character.isLetterOrDigit(clientId.codePointAt(subject.length())));
    }
}
