// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.binding.ProblemList;
import dev.holdfast.gateway.pem.FileModes;
import dev.holdfast.gateway.pem.KeyMaterial;
import dev.holdfast.gateway.pem.PemFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
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

    private static final Logger LOG = LoggerFactory.getLogger(CertificateFiles.class);

    private CertificateFiles() {}

    /**
     * The context.
     *
     * @throws GeneralSecurityException with everything that is wrong with the files
     */
    static WatchedContext load(TlsSettings settings) throws GeneralSecurityException {
        ProblemList problems = new ProblemList();
        WatchedContext context = load(settings, problems);
        if (context == null) {
            throw new GeneralSecurityException(
                    problems.problems().stream().map(ConfigProblem::what).collect(Collectors.joining("; ")));
        }
        return context;
    }

    /** The context; null if something has been complained of, by the name that it has in the settings. */
    static @Nullable WatchedContext load(TlsSettings settings, Complaints complaints) {
        String missing = settings.provider() == TlsSettings.Provider.NATIVE ? NativeTls.unavailable() : null;
        if (missing != null) {
            complaints.about("provider", missing + "; expected auto or jdk");
            return null;
        }
        KeyManagerFactory keys =
                settings.form() == TlsSettings.Form.PKCS12 ? pkcs12(settings, complaints) : pem(settings, complaints);
        Path authorities = settings.clientCertificates();
        TrustManagerFactory trust = authorities == null
                ? null
                : attempt(
                        "client-ca",
                        complaints,
                        () -> KeyMaterial.authorities(PemFile.read(authorities).certificates()));
        if (keys == null || (authorities != null && trust == null)) {
            return null;
        }
        return attempt("", complaints, () -> new WatchedContext(context(keys, trust, settings)));
    }

    private static SSLContext context(KeyManagerFactory keys, @Nullable TrustManagerFactory trust, TlsSettings settings)
            throws GeneralSecurityException, IOException {
        SSLContext jdk = SSLContext.getInstance("TLS");
        jdk.init(keys.getKeyManagers(), trust == null ? null : trust.getTrustManagers(), null);
        return switch (settings.provider()) {
            case JDK -> jdk;
            case NATIVE -> NativeTls.of(keys, trust, settings, suites(jdk, settings.legacySuites()));
            // BoringSSL lacks some of the legacy suites.
            case AUTO ->
                settings.legacySuites() || NativeTls.unavailable() != null
                        ? jdk
                        : NativeTls.of(keys, trust, settings, suites(jdk, false));
        };
    }

    /** Those of TLS 1.3, and of TLS 1.2 those with ephemeral keys and authenticated encryption (RFC 9325, section 4.2). */
    static List<String> suites(SSLContext context, boolean legacy) {
        return Stream.of(context.getDefaultSSLParameters().getCipherSuites())
                .filter(name -> legacy
                        || !name.contains("_WITH_")
                        || (name.contains("_ECDHE_") && (name.contains("_GCM_") || name.contains("_CHACHA20_"))))
                .toList();
    }

    /** Tells the operator of a private key that every user of the machine may read; nothing where files have no modes. */
    static void warnOfReadableKey(TlsSettings settings) {
        Path file = settings.key() == null ? settings.certificate() : settings.key();
        if (FileModes.isReadableByAll(file)) {
            LOG.warn("{} holds a private key and may be read by every user of this machine", file);
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
        return attempt(
                "key", complaints, () -> KeyMaterial.keys(chain, key, keyFile + " and " + settings.certificate()));
    }

    private static @Nullable KeyManagerFactory pkcs12(TlsSettings settings, Complaints complaints) {
        Path passwordFile = settings.passwordFile();
        String password = passwordFile == null
                ? ""
                : attempt("keystore-password-file", complaints, () -> KeyMaterial.firstLine(passwordFile));
        byte[] bytes = attempt("keystore", complaints, () -> PemFile.bytes(settings.certificate()));
        if (password == null || bytes == null) {
            return null;
        }
        return attempt(
                "keystore",
                complaints,
                () -> KeyMaterial.pkcs12(settings.certificate(), bytes, password.toCharArray()));
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
