// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Self-signed certificates for tests. */
public record Certificates(KeyPair keys, X509Certificate certificate) {

    /** A fresh one, for {@code RSA}, {@code EC} or {@code Ed25519}. */
    public static Certificates of(String algorithm, String name)
            throws GeneralSecurityException, OperatorCreationException {
        KeyPair keys = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        X500Principal subject = new X500Principal("CN=" + name);
        Instant now = Instant.now();
        String signature = switch (algorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        var holder = new JcaX509v3CertificateBuilder(
                        subject,
                        BigInteger.valueOf(System.nanoTime()),
                        Date.from(now.minus(1, ChronoUnit.DAYS)),
                        Date.from(now.plus(1, ChronoUnit.DAYS)),
                        subject,
                        keys.getPublic())
                .build(new JcaContentSignerBuilder(signature).build(keys.getPrivate()));
        return new Certificates(keys, new JcaX509CertificateConverter().getCertificate(holder));
    }

    /** Writes the certificate as PEM. */
    public void writeCertificate(Path file) throws IOException, GeneralSecurityException {
        replace(file, pem("CERTIFICATE", certificate.getEncoded()));
    }

    /** Writes the private key as PEM. */
    public void writeKey(Path file) throws IOException {
        replace(file, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
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
