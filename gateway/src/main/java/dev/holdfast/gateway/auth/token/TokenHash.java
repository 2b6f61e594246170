// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of a token: what a verified token is remembered by, so that the token itself need not be kept. */
public record TokenHash(long a, long b, long c, long d) {

    /** The SHA-256 of a token's text. */
    public static TokenHash of(String token) {
        try {
            // One byte a character: a character beyond Latin-1 becomes '?', and no token with '?' is ever verified.
            byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
            ByteBuffer hash =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
            return new TokenHash(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
