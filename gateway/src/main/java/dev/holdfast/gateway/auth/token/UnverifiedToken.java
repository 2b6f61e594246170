// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import dev.holdfast.gateway.auth.TokenRefusal;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token taken apart, nothing of it believed: it serves to find the issuer in a fixed map and the key in that
 * issuer's set. Header parameters that bring a key or its address ({@code jwk}, {@code jku}, {@code x5c},
 * {@code x5u}) are never looked at.
 *
 * @param compact the token as it came
 * @param algorithm the {@code alg} of the header
 * @param kid the {@code kid} of the header, or null
 * @param type the {@code typ} of the header, in lower case and without {@code application/} (RFC 7515 section 4.1.9), or
 *     null
 * @param claims the payload; only to be believed when the signature over {@code compact} has been checked
 */
public record UnverifiedToken(
        String compact,
        String algorithm,
        @Nullable String kid,
        @Nullable String type,
        Map<String, Object> claims) {
    private static final int MAX_KID_CHARS = 256;

    private static volatile @Nullable Header lastHeader;

    /** Takes a token apart. The length has been checked. */
    public static UnverifiedToken parse(String compact) throws TokenRefusedException {
        int first = compact.indexOf('.');
        int second = compact.indexOf('.', first + 1);
        if (first <= 0 || second <= first + 1 || second == compact.length() - 1) {
            throw new TokenRefusedException(TokenRefusal.SHAPE);
        }
        requireBase64Url(compact, 0, first);
        requireBase64Url(compact, first + 1, second);
        // A further dot (a JWE has five parts) is not in the alphabet, nor are padding, white space and a byte order
        // mark.
        requireBase64Url(compact, second + 1, compact.length());
        Header header = header(compact.substring(0, first));
        Map<String, Object> claims = json(compact.substring(first + 1, second), TokenRefusal.CLAIMS);
        return new UnverifiedToken(compact, header.algorithm(), header.kid(), header.type(), claims);
    }

    /** What a header says; tokens that one key has signed mostly have the same one. */
    private record Header(
            String text,
            String algorithm,
            @Nullable String kid,
            @Nullable String type) {}

    private static Header header(String text) throws TokenRefusedException {
        Header last = lastHeader;
        if (last != null && last.text.equals(text)) {
            return last;
        }
        Map<String, Object> header = json(text, TokenRefusal.HEADER);
        if (header.containsKey("crit")
                || header.containsKey("b64")
                || header.containsKey("zip")
                || header.containsKey("enc")
                || header.containsKey("cty")) {
            throw new TokenRefusedException(TokenRefusal.HEADER);
        }
        if (!(header.get("alg") instanceof String algorithm)) {
            throw new TokenRefusedException(TokenRefusal.HEADER);
        }
        String kid = null;
        if (header.containsKey("kid")) {
            if (!(header.get("kid") instanceof String named) || named.isEmpty() || named.length() > MAX_KID_CHARS) {
                throw new TokenRefusedException(TokenRefusal.HEADER);
            }
            kid = named;
        }
        Header read = new Header(text, algorithm, kid, type(header));
        lastHeader = read;
        return read;
    }

    private static @Nullable String type(Map<String, Object> header) throws TokenRefusedException {
        if (!header.containsKey("typ")) {
            return null;
        }
        if (!(header.get("typ") instanceof String type)) {
            throw new TokenRefusedException(TokenRefusal.HEADER);
        }
        return TokenType.normal(type);
    }

    private static Map<String, Object> json(String part, TokenRefusal why) throws TokenRefusedException {
        try {
            return StrictJson.object(Base64.getUrlDecoder().decode(part));
        } catch (IOException | IllegalArgumentException e) {
            throw new TokenRefusedException(why);
        }
    }

    private static void requireBase64Url(String text, int from, int to) throws TokenRefusedException {
        if ((to - from) % 4 == 1) {
            throw new TokenRefusedException(TokenRefusal.SHAPE);
        }
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            boolean good =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
            if (!good) {
                throw new TokenRefusedException(TokenRefusal.SHAPE);
            }
        }
    }

    /** Shows nothing of the token. */
    @Override
    public String toString() {
        return "UnverifiedToken[" + algorithm + "]";
    }
}
