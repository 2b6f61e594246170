// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.pem;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * What TLS is given: a certificate with its key, and the authorities that are trusted. Every complaint names the file and
 * what is wrong with it, never its content. Blocks; not for I/O threads.
 */
public final class KeyMaterial {
    private static final char[] IN_MEMORY = "in-memory".toCharArray();

    private KeyMaterial() {}

    /**
     * A certificate with its intermediates, and its key.
     *
     * @param files what the two are called in a complaint
     * @throws GeneralSecurityException if they do not belong together: a renewal may have replaced only one of them yet
     */
    public static KeyManagerFactory keys(List<Certificate> chain, PrivateKey key, String files)
            throws IOException, GeneralSecurityException {
        requirePair(key, chain.get(0), files);
        KeyStore store = emptyStore();
        store.setKeyEntry("own", key, IN_MEMORY, chain.toArray(new Certificate[0]));
        return keys(store, IN_MEMORY);
    }

    /**
     * A key store in PKCS #12.
     *
     * @param file what it is called in a complaint
     * @param bytes what is in it
     */
    public static KeyManagerFactory pkcs12(Path file, byte[] bytes, char[] password)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(new ByteArrayInputStream(bytes), password);
        } catch (IOException e) {
            // The library says "keystore password was incorrect", or that the DER is broken.
            throw new IOException(file + ": " + e.getMessage());
        }
        boolean hasKey = false;
        for (String alias : Collections.list(store.aliases())) {
            hasKey |= store.isKeyEntry(alias);
        }
        if (!hasKey) {
            throw new IOException(file + ": no private key with its certificate in it");
        }
        return keys(store, password);
    }

    /** Authorities that sign the certificates of others. */
    public static TrustManagerFactory authorities(Collection<Certificate> authorities)
            throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate authority : authorities) {
            store.setCertificateEntry("authority-" + number++, authority);
        }
        return authorities(store);
    }

    /** The authorities in a key store. */
    public static TrustManagerFactory authorities(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust;
    }

    /** The first line of a file without its end; blanks are part of it. */
    public static String firstLine(Path file) throws IOException {
        return new String(PemFile.bytes(file), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("");
    }

    private static KeyManagerFactory keys(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        return keys;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static void requirePair(PrivateKey key, Certificate certificate, String files)
            throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "EdDSA";
        };
        boolean isPair;
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(new byte[] {1});
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(new byte[] {1});
            isPair = signature.verify(signed);
        } catch (GeneralSecurityException ofAnotherKind) {
            isPair = false;
        }
        if (!isPair) {
            throw new GeneralSecurityException(files + ": the private key is not the certificate's");
        }
    }
}
