// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes an SSL context of the files that {@link TlsSettings} names. Blocks; not for I/O threads. */
final class CertificateFiles {

    private static final char[] IN_MEMORY = "in-memory".toCharArray();

    private CertificateFiles() {}

    static SSLContext load(TlsSettings settings) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(settings).getKeyManagers(), trust(settings.clientCertificates()), null);
        return context;
    }

    /** Something that is another when a file has changed. */
    static String fingerprint(TlsSettings settings) throws IOException {
        StringBuilder print = new StringBuilder();
        for (Path file : Stream.of(
                        settings.certificate(), settings.key(), settings.passwordFile(), settings.clientCertificates())
                .filter(file -> file != null)
                .toList()) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            print.append(attributes.lastModifiedTime())
                    .append('/')
                    .append(attributes.size())
                    .append('/')
                    .append(attributes.fileKey())
                    .append(' ');
        }
        return print.toString();
    }

    private static KeyManagerFactory keys(TlsSettings settings) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] password = IN_MEMORY;
        if (settings.form() == TlsSettings.Form.PKCS12) {
            password = password(settings.passwordFile());
            try (var in = Files.newInputStream(settings.certificate())) {
                store.load(in, password);
            }
        } else {
            Path keyFile = settings.key();
            List<Certificate> chain = Pem.certificates(settings.certificate());
            PrivateKey key = Pem.privateKey(keyFile == null ? settings.certificate() : keyFile);
            requirePair(key, chain.get(0));
            store.load(null, null);
            store.setKeyEntry("server", key, password, chain.toArray(new Certificate[0]));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        return keys;
    }

    /** The first line without its end; blanks are part of it. */
    private static char[] password(@Nullable Path file) throws IOException {
        return file == null
                ? new char[0]
                : Files.readString(file).lines().findFirst().orElse("").toCharArray();
    }

    private static TrustManager @Nullable [] trust(@Nullable Path authorities)
            throws IOException, GeneralSecurityException {
        if (authorities == null) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (Certificate authority : Pem.certificates(authorities)) {
            store.setCertificateEntry("authority-" + number++, authority);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust.getTrustManagers();
    }

    /** A renewal that has replaced only one of the two files yet must not be taken. */
    private static void requirePair(PrivateKey key, Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "EdDSA";
        };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(new byte[] {1});
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(new byte[] {1});
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException("the private key is not the certificate's");
        }
    }
}
