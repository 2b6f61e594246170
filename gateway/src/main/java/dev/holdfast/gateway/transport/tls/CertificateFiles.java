// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.config.Complaints;
import dev.holdfast.gateway.config.Problem;
import dev.holdfast.gateway.config.ProblemList;
import dev.holdfast.gateway.pem.PemFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes an SSL context of the files that {@link TlsSettings} names. Blocks; not for I/O threads. */
final class CertificateFiles {

    private static final char[] IN_MEMORY = "in-memory".toCharArray();

    private static final Logger LOG = LoggerFactory.getLogger(CertificateFiles.class);

    private CertificateFiles() {}

    /**
     * The context.
     *
     * @throws GeneralSecurityException with everything that is wrong with the files
     */
    static SSLContext load(TlsSettings settings) throws GeneralSecurityException {
        ProblemList problems = new ProblemList();
        SSLContext context = load(settings, problems);
        if (context == null) {
            throw new GeneralSecurityException(
                    problems.problems().stream().map(Problem::what).collect(Collectors.joining("; ")));
        }
        return context;
    }

    /** The context; null if something has been complained of, by the name that it has in the settings. */
    static @Nullable SSLContext load(TlsSettings settings, Complaints complaints) {
        KeyManagerFactory keys =
                settings.form() == TlsSettings.Form.PKCS12 ? pkcs12(settings, complaints) : pem(settings, complaints);
        Path authorities = settings.clientCertificates();
        TrustManagerFactory trust =
                authorities == null ? null : attempt("client-ca", complaints, () -> trust(authorities));
        if (keys == null || (authorities != null && trust == null)) {
            return null;
        }
        return attempt("", complaints, () -> {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust == null ? null : trust.getTrustManagers(), null);
            return context;
        });
    }

    /** Tells the operator of a private key that every user of the machine may read; nothing where files have no modes. */
    static void warnOfReadableKey(TlsSettings settings) {
        Path file = settings.key() == null ? settings.certificate() : settings.key();
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("{} holds a private key and may be read by every user of this machine", file);
            }
        } catch (IOException | UnsupportedOperationException unknown) {
            LOG.debug("{}: no modes to look at", file);
        }
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

    private static @Nullable KeyManagerFactory pem(TlsSettings settings, Complaints complaints) {
        Path keyFile = settings.key() == null ? settings.certificate() : settings.key();
        List<Certificate> chain = attempt(
                "certificate",
                complaints,
                () -> PemFile.read(settings.certificate()).certificates());
        PrivateKey key = attempt("key", complaints, () -> PemFile.read(keyFile).privateKey());
        if (chain == null || key == null) {
            return null;
        }
        return attempt("key", complaints, () -> {
            requirePair(key, chain.get(0), keyFile + " and " + settings.certificate());
            KeyStore store = emptyStore();
            store.setKeyEntry("server", key, IN_MEMORY, chain.toArray(new Certificate[0]));
            return keys(store, IN_MEMORY);
        });
    }

    private static @Nullable KeyManagerFactory pkcs12(TlsSettings settings, Complaints complaints) {
        Path passwordFile = settings.passwordFile();
        char[] password = passwordFile == null
                ? new char[0]
                : attempt("keystore-password-file", complaints, () -> firstLine(passwordFile));
        byte[] bytes = attempt("keystore", complaints, () -> PemFile.bytes(settings.certificate()));
        if (password == null || bytes == null) {
            return null;
        }
        return attempt("keystore", complaints, () -> {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try {
                store.load(new ByteArrayInputStream(bytes), password);
            } catch (IOException e) {
                // The library says "keystore password was incorrect", or that the DER is broken.
                throw new IOException(settings.certificate() + ": " + e.getMessage());
            }
            boolean hasKey = false;
            for (String alias : Collections.list(store.aliases())) {
                hasKey |= store.isKeyEntry(alias);
            }
            if (!hasKey) {
                throw new IOException(settings.certificate() + ": no private key with its certificate in it");
            }
            return keys(store, password);
        });
    }

    private static KeyManagerFactory keys(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        return keys;
    }

    /** The first line without its end; blanks are part of it. */
    private static char[] firstLine(Path file) throws IOException {
        return new String(PemFile.bytes(file), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("")
                .toCharArray();
    }

    private static TrustManagerFactory trust(Path authorities) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate authority : PemFile.read(authorities).certificates()) {
            store.setCertificateEntry("authority-" + number++, authority);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** A renewal that has replaced only one of the two files yet must not be taken. */
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

    /** A step that may fail. */
    @FunctionalInterface
    private interface Step<T> {
        T take() throws IOException, GeneralSecurityException;
    }

    private static <T> @Nullable T attempt(String setting, Complaints complaints, Step<T> step) {
        try {
            return step.take();
        } catch (IOException | GeneralSecurityException e) {
            complaints.about(setting, e.getMessage() == null ? e.toString() : e.getMessage());
            return null;
        }
    }
}
