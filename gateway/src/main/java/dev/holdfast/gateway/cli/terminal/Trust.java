// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.pem.KeyMaterial;
import dev.holdfast.gateway.pem.PemFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Whom a command trusts when it connects with TLS, and how it shows itself. */
public final class Trust {
    private Trust() {}

    /**
     * TLS for a client without a certificate.
     *
     * @param authorities a PEM file; null for the authorities of Java
     * @throws CommandFailure when the file cannot be used
     */
    public static SSLContext of(@Nullable Path authorities) throws CommandFailure {
        return of(authorities, null, null);
    }

    /**
     * TLS for a client, with a certificate if one is named.
     *
     * @param authorities a PEM file; null for the authorities of Java
     * @throws CommandFailure when a file cannot be used
     */
    public static SSLContext of(@Nullable Path authorities, @Nullable Path certificate, @Nullable Path key)
            throws CommandFailure {
        if ((certificate == null) != (key == null)) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --cert and --key go together");
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager[] trusted = authorities == null
                    ? null
                    : KeyMaterial.authorities(PemFile.read(authorities).certificates())
                            .getTrustManagers();
            KeyManager[] own = certificate == null || key == null
                    ? null
                    : KeyMaterial.keys(
                                    PemFile.read(certificate).certificates(),
                                    PemFile.read(key).privateKey(),
                                    key + " and " + certificate)
                            .getKeyManagers();
            context.init(own, trusted, null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: " + e.getMessage());
        }
    }
}
