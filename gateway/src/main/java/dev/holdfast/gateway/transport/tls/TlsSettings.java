// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener's certificate is, and which engine speaks TLS with it.
 *
 * @param provider whose engine
 * @param form what the certificate's file is
 * @param certificate the file with the chain, the server's own certificate first
 * @param key a PEM file with the private key: PKCS#8, PKCS#1 or SEC 1, not encrypted; null when the certificate file holds the key too
 * @param passwordFile a file whose first line is the password of the PKCS#12 store; null for none
 * @param legacySuites whether TLS 1.2 may go without forward secrecy and authenticated encryption
 * @param clientAuth whether clients show a certificate
 * @param clientCertificates a PEM file with the authorities that clients' certificates come from; null unless they do
 * @param sharesTickets whether clients get tickets by which they resume at every gateway; none are given where clients are asked for a
 *     certificate, which nobody would look at when they resume
 * @param checkPeriod how often the files are looked at for a change
 */
public record TlsSettings(
        Provider provider,
        Form form,
        Path certificate,
        @Nullable Path key,
        @Nullable Path passwordFile,
        boolean legacySuites,
        ClientAuth clientAuth,
        @Nullable Path clientCertificates,
        boolean sharesTickets,
        Duration checkPeriod) {

    /** Whose engine speaks TLS. */
    public enum Provider {
        /** The native one where it works with the certificate, else that of the JDK. */
        AUTO,
        /** BoringSSL, by way of netty-tcnative. */
        NATIVE,
        /** That of the JDK. */
        JDK
    }

    /** What holds the certificate. The name of a file says nothing about it. */
    public enum Form {
        /** PEM files. */
        PEM,
        /** A PKCS#12 store, which holds the key too. */
        PKCS12
    }

    /** Whether clients show a certificate. */
    public enum ClientAuth {
        /** They are not asked. */
        NONE,
        /** They are asked and may decline. */
        WANT,
        /** They must. */
        NEED
    }

    /** PEM files without client certificates, looked at every 5 s. */
    public static TlsSettings pem(Path certificate, @Nullable Path key) {
        return new TlsSettings(
                Provider.AUTO,
                Form.PEM,
                certificate,
                key,
                null,
                false,
                ClientAuth.NONE,
                null,
                true,
                Duration.ofSeconds(5));
    }

    /** The same files for another engine. */
    public TlsSettings by(Provider other) {
        return new TlsSettings(
                other,
                form,
                certificate,
                key,
                passwordFile,
                legacySuites,
                clientAuth,
                clientCertificates,
                sharesTickets,
                checkPeriod);
    }

    /** Whether clients get tickets. */
    boolean givesTickets() {
        return sharesTickets && clientAuth == ClientAuth.NONE;
    }

    /** A PKCS#12 store without client certificates, looked at every 5 s. */
    public static TlsSettings pkcs12(Path store, @Nullable Path passwordFile) {
        return new TlsSettings(
                Provider.AUTO,
                Form.PKCS12,
                store,
                null,
                passwordFile,
                false,
                ClientAuth.NONE,
                null,
                true,
                Duration.ofSeconds(5));
    }
}
