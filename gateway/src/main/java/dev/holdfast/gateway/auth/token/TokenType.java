// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import dev.holdfast.gateway.auth.TokenRefusal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether a token is of a kind that lets its bearer in (RFC 8725 section 3.11): an issuer signs others with the same key. */
public final class TokenType {
    private static final String MEDIA_TYPE = "application/";
    private static final String OF_A_KIND = "+jwt";
    private static final String ACCESS_TOKEN = "at+jwt";
    private static final String LOGOUT = "http://schemas.openid.net/event/backchannel-logout";

    private TokenType() {}

    /** A {@code typ} as it is compared: upper case, and {@code application/} in front, mean nothing. */
    public static String normal(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        return lower.startsWith(MEDIA_TYPE) ? lower.substring(MEDIA_TYPE.length()) : lower;
    }

    /**
     * Refuses what is of another kind, and what is bound to a key that nobody here asks for (RFC 7800).
     *
     * @param type the normal {@code typ}, or null for none
     * @param demanded the normal types that are taken; empty for an access token, or a token that does not say its kind
     */
    public static void require(@Nullable String type, List<String> demanded, Map<String, Object> claims)
            throws TokenRefusedException {
        boolean isTaken = demanded.isEmpty()
                ? type == null || !type.endsWith(OF_A_KIND) || type.equals(ACCESS_TOKEN)
                : type != null && demanded.contains(type);
        // Logout tokens have a type since 2022 only.
        boolean isLogout = claims.get("events") instanceof Map<?, ?> events && events.containsKey(LOGOUT);
        if (!isTaken || isLogout) {
            throw new TokenRefusedException(TokenRefusal.TYPE);
        }
        if (claims.get("cnf") != null) {
            throw new TokenRefusedException(TokenRefusal.BOUND);
        }
    }
}
