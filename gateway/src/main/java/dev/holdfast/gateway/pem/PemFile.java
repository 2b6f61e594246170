// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.pem;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is in a PEM file (RFC 7468). Every complaint is an {@link IOException} whose message names the file and what is
 * wrong with it, never its content.
 *
 * @param path the file
 * @param blocks what it holds, in its order
 */
public record PemFile(Path path, List<Block> blocks) {
    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final List<String> KEY_KINDS = List.of("RSA", "EC", "EdDSA");
    private static final String DECRYPT =
            " is encrypted, and there is nobody to ask for its password (convert: openssl pkcs8 -topk8 -nocrypt)";

    /**
     * One block.
     *
     * @param label what stands behind BEGIN
     * @param der its content; empty if it is encrypted in the way of RFC 1421
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Block(String label, byte[] der) {
        /** Names what it is and shows nothing of it. */
        @Override
        public String toString() {
            return label;
        }
    }

    /** Reads a file, of at most 1 MiB. */
    public static PemFile read(Path path) throws IOException {
        String text = new String(bytes(path), StandardCharsets.ISO_8859_1);
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            boolean isEncrypted = block.group(2).contains("Proc-Type:");
            try {
                // What is not of the alphabet is skipped, as RFC 7468 section 3 wants blanks to be.
                byte[] der = isEncrypted ? new byte[0] : Base64.getMimeDecoder().decode(block.group(2));
                blocks.add(new Block(block.group(1), der));
            } catch (IllegalArgumentException e) {
                throw new IOException(path + ": not base64 inside the PEM");
            }
        }
        return new PemFile(path, List.copyOf(blocks));
    }

    /** The bytes of a file of at most 1 MiB. */
    public static byte[] bytes(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("longer than 1 MiB");
            }
            return bytes;
        } catch (IOException e) {
            throw new IOException(path + ": cannot be read: " + why(path, e));
        }
    }

    /** Why a file could not be read, without its name. */
    private static String why(Path path, IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such file";
        } else if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        return Files.isDirectory(path) ? "a directory" : String.valueOf(failure.getMessage());
    }

    /** The certificates, at least one. */
    public List<Certificate> certificates() throws IOException {
        List<Certificate> found = new ArrayList<>();
        for (Block block : blocks) {
            if (isCertificate(block)) {
                found.add(certificate(block));
            }
        }
        if (found.isEmpty()) {
            throw new IOException(path + ": no certificate in it");
        }
        return found;
    }

    /**
     * The one private key: RSA, EC or EdDSA, as PKCS #8 ({@code PRIVATE KEY}), PKCS #1 ({@code RSA PRIVATE KEY}) or
     * SEC 1 ({@code EC PRIVATE KEY}), not encrypted.
     */
    public PrivateKey privateKey() throws IOException {
        List<Block> keys = blocks.stream()
                .filter(block -> block.label().endsWith("PRIVATE KEY"))
                .toList();
        if (keys.size() != 1) {
            throw new IOException(path + ": "
                    + (keys.isEmpty()
                            ? "no private key in it; PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY is expected"
                            : keys.size() + " private keys in it, one is expected"));
        }
        Block block = keys.get(0);
        if (block.label().startsWith("ENCRYPTED") || block.der().length == 0) {
            throw new IOException(path + ": the private key" + DECRYPT);
        }
        byte[] pkcs8 = switch (block.label()) {
            case "PRIVATE KEY" -> block.der();
            case "RSA PRIVATE KEY" -> Der.pkcs8OfRsa(block.der());
            case "EC PRIVATE KEY" -> Der.pkcs8OfEc(block.der(), curve());
            default ->
                throw new IOException(path + ": " + block.label()
                        + " where PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY is expected");
        };
        if (pkcs8 != null) {
            for (String kind : KEY_KINDS) {
                PrivateKey key = privateKey(kind, pkcs8);
                if (key != null) {
                    return key;
                }
            }
        }
        throw new IOException(path + ": a private key that is broken, or none of RSA, EC on a named curve, and EdDSA");
    }

    /** The public keys, of keys and certificates alike; perhaps none. */
    public List<PublicKey> publicKeys() throws IOException {
        List<PublicKey> keys = new ArrayList<>();
        for (Block block : blocks) {
            if (isCertificate(block)) {
                keys.add(certificate(block).getPublicKey());
            } else if (block.label().equals("PUBLIC KEY")) {
                keys.add(publicKey(block.der()));
            } else if (block.label().equals("RSA PUBLIC KEY")) {
                keys.add(publicKey(Der.publicKeyOfRsa(block.der())));
            } else {
                throw new IOException(path + ": " + block.label() + " where PUBLIC KEY or CERTIFICATE is expected");
            }
        }
        return keys;
    }

    private static boolean isCertificate(Block block) {
        return block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE");
    }

    private Certificate certificate(Block block) throws IOException {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der()));
        } catch (CertificateException e) {
            throw new IOException(path + ": a broken certificate");
        }
    }

    /** What {@code openssl ecparam -genkey} writes before the key. */
    private byte @Nullable [] curve() {
        return blocks.stream()
                .filter(block -> block.label().equals("EC PARAMETERS"))
                .map(Block::der)
                .findFirst()
                .orElse(null);
    }

    private PublicKey publicKey(byte[] der) throws IOException {
        for (String kind : KEY_KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
            } catch (GeneralSecurityException ofAnotherKind) {
                // The next one.
            }
        }
        throw new IOException(path + ": a public key that is neither RSA nor EC nor EdDSA");
    }

    private static @Nullable PrivateKey privateKey(String kind, byte[] pkcs8) {
        try {
            return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException ofAnotherKind) {
            return null;
        }
    }
}
