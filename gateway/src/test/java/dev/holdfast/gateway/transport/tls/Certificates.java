// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Certificates for tests. */
public record Certificates(KeyPair keys, X509Certificate certificate) {

    /** A fresh one that signs itself, for {@code RSA}, {@code EC} or {@code Ed25519}. */
    public static Certificates of(String algorithm, String name) throws GeneralSecurityException, IOException {
        return make(algorithm, name, null, Duration.ofDays(1), false);
    }

    /** An authority, which signs for others. */
    public static Certificates authority(String name) throws GeneralSecurityException, IOException {
        return make("EC", name, null, Duration.ofDays(1), true);
    }

    /**
     * A certificate that this authority has signed.
     *
     * @param lifetime from now; negative for one whose time is over
     */
    public Certificates signs(String name, Duration lifetime) throws GeneralSecurityException, IOException {
        return make("EC", name, this, lifetime, false);
    }

    private static Certificates make(
            String algorithm, String name, @Nullable Certificates issuer, Duration lifetime, boolean isAuthority)
            throws GeneralSecurityException, IOException {
        KeyPair keys = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        X500Principal subject = new X500Principal("CN=" + name);
        Instant now = Instant.now();
        String signature = switch (algorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        var builder = new JcaX509v3CertificateBuilder(
                issuer == null ? subject : issuer.certificate.getSubjectX500Principal(),
                BigInteger.valueOf(System.nanoTime()),
                Date.from(now.minus(1, ChronoUnit.DAYS)),
                Date.from(now.plus(lifetime)),
                subject,
                keys.getPublic());
        if (isAuthority) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        }
        try {
            var signer =
                    new JcaContentSignerBuilder(signature).build((issuer == null ? keys : issuer.keys).getPrivate());
            return new Certificates(keys, new JcaX509CertificateConverter().getCertificate(builder.build(signer)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /** For a TLS client that shows this certificate whenever it is asked for one, whatever authorities are named. */
    public KeyManager[] keyManagers() {
        return new KeyManager[] {
            new X509ExtendedKeyManager() {
                @Override
                public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
                    return "client";
                }

                @Override
                public X509Certificate[] getCertificateChain(String alias) {
                    return new X509Certificate[] {certificate};
                }

                @Override
                public PrivateKey getPrivateKey(String alias) {
                    return keys.getPrivate();
                }

                @Override
                public String[] getClientAliases(String type, Principal[] issuers) {
                    return new String[] {"client"};
                }

                @Override
                public String[] getServerAliases(String type, Principal[] issuers) {
                    return new String[0];
                }

                @Override
                public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
                    return null;
                }
            }
        };
    }

    /** Writes the certificate as PEM. */
    public void writeCertificate(Path file) throws IOException, GeneralSecurityException {
        replace(file, pem("CERTIFICATE", certificate.getEncoded()));
    }

    /** Writes the private key as PEM. */
    public void writeKey(Path file) throws IOException {
        replace(file, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    /** Writes the private key in its old form, PKCS #1 or SEC 1, as cert-manager does unless asked for another. */
    void writeOldKey(Path file) throws IOException {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
        if (keys.getPrivate() instanceof ECPrivateKey key) {
            // The JDK leaves the curve out of the inner structure, where SEC 1 alone has room for it.
            int bits = key.getParams().getOrder().bitLength();
            replace(
                    file,
                    pem(
                            "EC PRIVATE KEY",
                            new org.bouncycastle.asn1.sec.ECPrivateKey(
                                            bits,
                                            key.getS(),
                                            info.getPrivateKeyAlgorithm().getParameters())
                                    .getEncoded()));
        } else {
            replace(
                    file,
                    pem(
                            "RSA PRIVATE KEY",
                            info.parsePrivateKey().toASN1Primitive().getEncoded()));
        }
    }

    void writeBoth(Path file) throws IOException, GeneralSecurityException {
        replace(
                file,
                "Some text before.\n" + pem("CERTIFICATE", certificate.getEncoded())
                        + pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    /** Writes both as a PKCS#12 key store. */
    public void writePkcs12(Path file, String password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", keys.getPrivate(), password.toCharArray(), new Certificate[] {certificate});
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
    }

    /** As certificate tools do it: another file, moved into place. */
    private static void replace(Path file, String text) throws IOException {
        Path fresh = Files.createTempFile(file.getParent(), "fresh", ".pem");
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String pem(String label, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }
}
