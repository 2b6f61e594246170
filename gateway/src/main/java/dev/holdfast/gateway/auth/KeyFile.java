// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The three kinds of key file. Every complaint names the file and what is wrong with it, never its content. */
enum KeyFile {
    /** An HMAC secret. */
    SECRET,
    /** An HMAC secret in base64, either alphabet. */
    SECRET_BASE64,
    /** Public keys and certificates in PEM. */
    PEM,
    /** A JWK set. */
    JWKS;

    private static final int MAX_BYTES = 1 << 20;
    private static final int MIN_SECRET_BYTES = 32;
    private static final Pattern PEM_BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final List<String> KEY_KINDS = List.of("RSA", "EC", "EdDSA");

    /** Reads a file of this kind. Throws when there is no usable key in it. */
    List<RawKey> read(Path file) throws IOException {
        byte[] bytes = bytes(file);
        List<RawKey> keys = switch (this) {
            case SECRET -> List.of(secret(file, withoutLineEnd(bytes)));
            case SECRET_BASE64 -> List.of(secret(file, base64(file, bytes)));
            case PEM -> pem(file, new String(bytes, StandardCharsets.ISO_8859_1));
            case JWKS -> jwks(file, bytes);
        };
        if (keys.isEmpty()) {
            throw new IOException(file + ": no key for signatures in it");
        }
        return keys;
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException(file + ": longer than 1 MiB");
            }
            return bytes;
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read (" + e.getClass().getSimpleName() + ")");
        }
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

    private static List<RawKey> pem(Path file, String text) throws IOException {
        List<RawKey> keys = new ArrayList<>();
        Matcher block = PEM_BLOCK.matcher(text);
        while (block.find()) {
            byte[] der;
            try {
                der = Base64.getMimeDecoder().decode(block.group(2));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": not base64 inside the PEM");
            }
            keys.add(new RawKey(publicKey(file, block.group(1), der), null, null));
        }
        return keys;
    }

    private static PublicKey publicKey(Path file, String label, byte[] der) throws IOException {
        try {
            if (label.equals("CERTIFICATE")) {
                return CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(der))
                        .getPublicKey();
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": a broken certificate");
        }
        if (!label.equals("PUBLIC KEY")) {
            throw new IOException(file + ": " + label + " where PUBLIC KEY or CERTIFICATE is expected");
        }
        for (String kind : KEY_KINDS) {
            PublicKey key = publicKey(kind, der);
            if (key != null) {
                return key;
            }
        }
        throw new IOException(file + ": a public key that is neither RSA nor EC nor EdDSA");
    }

    private static @Nullable PublicKey publicKey(String kind, byte[] der) {
        try {
            return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    private static List<RawKey> jwks(Path file, byte[] bytes) throws IOException {
        try {
            return JwkSetText.parse(bytes, true).keys();
        } catch (IOException e) {
            throw new IOException(file + ": not a JWK set");
        }
    }
}
