// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import dev.holdfast.gateway.pem.PemFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The three kinds of key file. Every complaint names the file and what is wrong with it, never its content. */
public enum KeyFile {
    /** An HMAC secret. */
    SECRET,
    /** An HMAC secret in base64, either alphabet. */
    SECRET_BASE64,
    /** Public keys and certificates in PEM. */
    PEM,
    /** A JWK set. */
    JWKS;

    private static final int MIN_SECRET_BYTES = 32;

    /** Reads a file of this kind. Throws when there is no usable key in it. */
    public List<RawKey> read(Path file) throws IOException {
        List<RawKey> keys = switch (this) {
            case SECRET -> List.of(secret(file, withoutLineEnd(PemFile.bytes(file))));
            case SECRET_BASE64 -> List.of(secret(file, base64(file, PemFile.bytes(file))));
            case PEM -> pem(file);
            case JWKS -> jwks(file, PemFile.bytes(file));
        };
        if (keys.isEmpty()) {
            throw new IOException(file + ": no key for signatures in it");
        }
        return keys;
    }

    private static byte[] withoutLineEnd(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    private static byte[] base64(Path file, byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        try {
            return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": not base64");
        }
    }

    private static RawKey secret(Path file, byte[] secret) throws IOException {
        if (secret.length < MIN_SECRET_BYTES) {
            throw new IOException(file + ": an HMAC secret of " + secret.length + " bytes; at least 32 are needed");
        }
        if (new String(secret, StandardCharsets.ISO_8859_1).contains("-----BEGIN ")) {
            throw new IOException(file + ": PEM is not an HMAC secret");
        }
        SecretKey key = new SecretKeySpec(secret, "HmacSHA256");
        return new RawKey(key, null, null);
    }

    private static List<RawKey> pem(Path file) throws IOException {
        return PemFile.read(file).publicKeys().stream()
                .map(key -> new RawKey(key, null, null))
                .toList();
    }

    private static List<RawKey> jwks(Path file, byte[] bytes) throws IOException {
        try {
            return JwkSetText.parse(bytes, true).keys();
        } catch (IOException e) {
            throw new IOException(file + ": not a JWK set");
        }
    }
}
