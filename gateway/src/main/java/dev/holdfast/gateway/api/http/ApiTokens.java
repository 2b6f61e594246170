// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that open the API. Kept as hashes and compared in constant time, so that neither a heap dump nor the time of an
 * answer tells one. Any thread.
 */
public final class ApiTokens {
    /** A shorter token could be guessed. */
    public static final int LEAST_CHARS = 16;

    /** More than anybody would copy. */
    public static final int MOST_CHARS = 512;

    private final List<byte[]> readers;
    private final List<byte[]> writers;

    /**
     * The tokens of both roles; a role may have several, so that they can be exchanged one after the other.
     *
     * @param read who may look; empty: whoever is on this machine
     * @param write who may change things, and look; empty: nobody
     */
    public ApiTokens(List<String> read, List<String> write) {
        readers = read.stream().map(ApiTokens::hash).toList();
        writers = write.stream().map(ApiTokens::hash).toList();
    }

    /** What is wrong with a text as a token, or null: 16 to 512 visible ASCII characters are right. */
    public static @Nullable String fault(String token) {
        if (token.length() < LEAST_CHARS || token.length() > MOST_CHARS) {
            return "expected " + LEAST_CHARS + " to " + MOST_CHARS + " characters";
        }
        return token.chars().allMatch(c -> c > ' ' && c < 0x7F)
                ? null
                : "expected visible ASCII characters, without spaces";
    }

    /** Whether looking takes a token. */
    boolean areNeededToRead() {
        return !readers.isEmpty();
    }

    /** Whether anybody may change anything. */
    boolean mayAnybodyWrite() {
        return !writers.isEmpty();
    }

    /** What the holder of a token may do, or null if it is none of these. */
    @Nullable
    Role roleOf(String token) {
        byte[] shown = hash(token);
        boolean reads = isAmong(readers, shown);
        return isAmong(writers, shown) ? Role.WRITE : reads ? Role.READ : null;
    }

    private static boolean isAmong(List<byte[]> known, byte[] shown) {
        boolean found = false;
        for (byte[] each : known) {
            found |= MessageDigest.isEqual(each, shown);
        }
        return found;
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
