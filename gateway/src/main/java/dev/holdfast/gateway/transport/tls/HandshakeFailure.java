// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.observe.Refused;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells by what an engine has failed with which outcome that is. The engines tell it by their words alone, each by its own. */
final class HandshakeFailure {
    /** The JDK's, then BoringSSL's. */
    private static final List<String> ALERT = List.of("received fatal alert", "_alert_");

    private static final List<String> CLIENT_CERTIFICATE = List.of(
            "empty client certificate chain",
            "bad_certificate",
            "pkix path",
            "peer_did_not_return_a_certificate",
            "certificate_verify_failed");

    private HandshakeFailure() {}

    /** The outcome of a handshake that is not over. */
    static Refused of(@Nullable SSLException failure) {
        if (failure == null) {
            return Refused.TLS_UNFINISHED;
        }
        boolean isOfCertificate = false;
        StringBuilder said = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            said.append(cause.getMessage()).append('\n');
            isOfCertificate |= cause instanceof GeneralSecurityException;
        }
        String words = said.toString().toLowerCase(Locale.ROOT);
        if (ALERT.stream().anyMatch(words::contains)) {
            return Refused.TLS_ALERT;
        }
        return isOfCertificate || CLIENT_CERTIFICATE.stream().anyMatch(words::contains)
                ? Refused.TLS_CLIENT_CERTIFICATE
                : Refused.TLS_FAILED;
    }
}
