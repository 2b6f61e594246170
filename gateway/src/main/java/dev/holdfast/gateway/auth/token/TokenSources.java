// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.TokenRefusal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the token in what a client showed. The first place that holds anything decides; there is no falling through to
 * the next when it turns out to be no good:
 *
 * <ol>
 *   <li>the Authentication Data of MQTT 5 enhanced authentication, method {@code JWT}
 *   <li>the CONNECT password (the user name is not looked at), if not empty
 *   <li>{@code Authorization: Bearer <jwt>} of the WebSocket upgrade request; other schemes do not count
 *   <li>an entry {@code bearer.<jwt>} in its {@code Sec-WebSocket-Protocol}
 *   <li>a cookie, if one is configured; only with an Origin header, which the transport has compared with its list
 *   <li>a query parameter, if one is configured
 * </ol>
 *
 * <p>A place that holds two tokens is refused: which of them counts must not depend on who reads it.
 *
 * @param cookie name of the cookie, or null for none
 * @param queryParameter name of the query parameter, or null for none
 * @param maxBytes longest token
 */
public record TokenSources(
        @Nullable String cookie, @Nullable String queryParameter, int maxBytes) {
    private static final String BEARER = "bearer ";
    private static final String SUBPROTOCOL = "bearer.";

    /** How the JSON of a header, a brace and a quotation mark, begins in base64url. */
    private static final String HEADER = "ey";

    /** The token, not longer than allowed. */
    public String find(Credentials credentials) throws TokenRefusedException {
        byte[] bytes = credentials.method() != null ? credentials.data() : credentials.password();
        if (bytes != null && bytes.length > 0) {
            if (bytes.length > maxBytes) {
                throw new TokenRefusedException(TokenRefusal.TOO_LONG);
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
        Credentials.Upgrade upgrade = credentials.upgrade();
        if (credentials.method() != null || upgrade == null) {
            throw new TokenRefusedException(TokenRefusal.NO_TOKEN);
        }
        String token = inUpgrade(upgrade);
        if (token == null) {
            throw new TokenRefusedException(TokenRefusal.NO_TOKEN);
        }
        if (token.length() > maxBytes) {
            throw new TokenRefusedException(TokenRefusal.TOO_LONG);
        }
        return token;
    }

    /**
     * Whether there is anything that means to be a token: every place but the password says so by itself, a password
     * when it begins as the header of a token does.
     */
    public boolean show(Credentials credentials) {
        byte[] password = credentials.password();
        if (credentials.method() != null) {
            return true;
        }
        if (password != null && password.length > 0) {
            return password.length > HEADER.length()
                    && password[0] == HEADER.charAt(0)
                    && password[1] == HEADER.charAt(1);
        }
        try {
            Credentials.Upgrade upgrade = credentials.upgrade();
            return upgrade != null && inUpgrade(upgrade) != null;
        } catch (TokenRefusedException twoOfThem) {
            return true;
        }
    }

    private @Nullable String inUpgrade(Credentials.Upgrade upgrade) throws TokenRefusedException {
        String authorization = upgrade.authorization();
        if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return authorization.substring(BEARER.length()).strip();
        }
        String token = only(upgrade.subprotocols(), ",", SUBPROTOCOL);
        if (token == null && cookie != null && upgrade.origin() != null) {
            token = only(upgrade.cookies(), ";", cookie + "=");
        }
        if (token == null && queryParameter != null) {
            token = only(upgrade.query(), "&", queryParameter + "=");
        }
        return token;
    }

    /** What follows a prefix in the one entry that begins with it. */
    private static @Nullable String only(@Nullable String list, String separator, String prefix)
            throws TokenRefusedException {
        if (list == null || !list.contains(prefix)) {
            return null;
        }
        String found = null;
        for (String entry : list.split(separator)) {
            String stripped = entry.strip();
            if (stripped.startsWith(prefix)) {
                if (found != null) {
                    throw new TokenRefusedException(TokenRefusal.AMBIGUOUS);
                }
                found = stripped.substring(prefix.length());
            }
        }
        return found;
    }
}
