// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS: a PEM certificate chain and its key, or a PKCS#12 key store. The files are read again when they change. */
public record TlsConfig(
        @Doc(
                "Whose engine speaks TLS. native: BoringSSL, which is part of the jar for Linux on x86-64 and ARM64; a handshake costs it a fraction "
                        + "of the JDK's CPU time. jdk: that of the JDK. auto: native where it works, and jdk with legacy-suites, of which BoringSSL "
                        + "lacks some. The log says at the start which it is.")
        @Default("auto")
        Provider provider,

        @Doc("PEM file: the certificate, then its intermediates.") @Nullable
        Path certificate,

        @Doc(
                "PEM file: the private key of the certificate, not encrypted: PKCS#8, PKCS#1 or SEC 1 (BEGIN PRIVATE KEY, BEGIN RSA "
                        + "PRIVATE KEY or BEGIN EC PRIVATE KEY).")
        @Nullable
        Path key,

        @Doc("PKCS#12 file with certificate and key, instead of the two PEM files.") @Nullable
        Path keystore,

        @Doc("File whose first line is the password of the key store.") @Nullable
        Path keystorePasswordFile,

        @Doc("Whether TLS 1.2 may also be spoken with RSA key exchange and CBC, for devices that know nothing newer. "
                + "Whoever records such a connection and gets the key later can read it.")
        @Default("false")
        boolean legacySuites,

        @Doc("Whether clients show a certificate of their own.") @Default("none")
        ClientAuth clientAuth,

        @Doc("PEM file: the authorities that sign the certificates of clients.") @Nullable
        Path clientCa,

        @Doc(
                "Whether clients get tickets, by which they resume at every gateway of the store at less cost. shared: with keys that are "
                        + "made anew every 4 h, known for 12 h, and kept in the store. off: each connection shakes hands anew. None are given "
                        + "with client-auth. The JDK's engine gives tickets of its own, which are good at that gateway alone.")
        @Default("shared")
        Tickets tickets)
        implements Checked {
    /** Whose engine speaks TLS. */
    public enum Provider {
        /** The native one where it works, else that of the JDK. */
        AUTO,
        /** BoringSSL. */
        NATIVE,
        /** That of the JDK. */
        JDK
    }

    /** Whether clients may resume what they have agreed upon before. */
    public enum Tickets {
        /** By tickets that every gateway of the store takes. */
        SHARED,
        /** They may not. */
        OFF
    }

    /** Whether clients show a certificate. */
    public enum ClientAuth {
        /** They are not asked. */
        NONE,
        /** They are asked and may do without. */
        OPTIONAL,
        /** Without one there is no connection. */
        REQUIRED
    }

    /** Whether the listeners speak TLS. */
    public boolean enabled() {
        return certificate != null || keystore != null;
    }

    @Override
    public void check(Complaints complaints) {
        if (certificate != null && keystore != null) {
            complaints.about("keystore", "tls.certificate is set too; expected one of the two");
        }
        if (certificate != null && key == null) {
            complaints.about("key", "tls.certificate needs its private key; expected the path of a PEM file");
        }
        if (certificate == null && key != null) {
            complaints.about("certificate", "tls.key needs its certificate; expected the path of a PEM file");
        }
        if (keystorePasswordFile != null && keystore == null) {
            complaints.about("keystore", "tls.keystore-password-file is set; expected the key store too");
        }
        if (clientAuth != ClientAuth.NONE && clientCa == null) {
            complaints.about("client-ca", "tls.client-auth needs the authorities; expected the path of a PEM file");
        }
        if (clientAuth != ClientAuth.NONE && !enabled()) {
            complaints.about("client-auth", "there is no TLS without tls.certificate or tls.keystore");
        }
    }
}
