// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.TlsConfig;
import dev.holdfast.gateway.transport.tls.TlsSettings;
import dev.holdfast.gateway.transport.tls.TlsSettings.ClientAuth;
import dev.holdfast.gateway.transport.tls.TlsSettings.Form;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** The TLS section of the configuration as the transport wants it. */
final class TlsFiles {
    private static final Duration CHECK_PERIOD = Duration.ofSeconds(5);

    private TlsFiles() {}

    static TlsSettings settings(TlsConfig tls) {
        Path certificate = tls.certificate() != null ? tls.certificate() : tls.keystore();
        ClientAuth clientAuth = switch (tls.clientAuth()) {
            case NONE -> ClientAuth.NONE;
            case OPTIONAL -> ClientAuth.WANT;
            case REQUIRED -> ClientAuth.NEED;
        };
        TlsSettings.Provider provider = switch (tls.provider()) {
            case AUTO -> TlsSettings.Provider.AUTO;
            case NATIVE -> TlsSettings.Provider.NATIVE;
            case JDK -> TlsSettings.Provider.JDK;
        };
        return new TlsSettings(
                provider,
                tls.certificate() != null ? Form.PEM : Form.PKCS12,
                Objects.requireNonNull(certificate),
                tls.key(),
                tls.keystorePasswordFile(),
                tls.legacySuites(),
                clientAuth,
                tls.clientCa(),
                tls.tickets() == TlsConfig.Tickets.SHARED,
                CHECK_PERIOD);
    }
}
