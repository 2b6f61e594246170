// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import dev.holdfast.gateway.cli.terminal.Words;
import dev.holdfast.gateway.config.TlsConfig;
import dev.holdfast.gateway.pem.FileModes;
import dev.holdfast.gateway.pem.KeyMaterial;
import dev.holdfast.gateway.pem.PemFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The certificates that clients are shown, and those that vouch for clients: for whom, until when, who may read the key. */
final class CertificateChecks {
    private static final Duration SOON = Duration.ofDays(21);

    private CertificateChecks() {}

    static List<Finding> run(TlsConfig tls, Clock clock) {
        if (!tls.enabled()) {
            return List.of(Finding.ok("tls", "off: for clients in the open, a proxy before the gateway has to do it"));
        }
        List<Finding> findings = new ArrayList<>();
        Path certificate = tls.certificate();
        Path keystore = tls.keystore();
        try {
            List<Certificate> chain = certificate != null
                    ? PemFile.read(certificate).certificates()
                    : keystore == null ? List.of() : ofStore(keystore, tls.keystorePasswordFile());
            findings.addAll(dates("tls certificate", chain, clock, true));
        } catch (IOException | GeneralSecurityException e) {
            findings.add(Finding.fail("tls certificate", String.valueOf(e.getMessage()), "mend the file"));
        }
        Path key = tls.key() != null ? tls.key() : certificate != null ? certificate : keystore;
        if (key != null) {
            findings.add(
                    FileModes.isReadableByAll(key)
                            ? Finding.warn(
                                    "tls key", key + " may be read by every user of this machine", "chmod 600 " + key)
                            : Finding.ok("tls key", key + " may not be read by everybody"));
        }
        Path authorities = tls.clientCa();
        if (authorities != null) {
            try {
                findings.addAll(dates("tls client-ca", PemFile.read(authorities).certificates(), clock, false));
            } catch (IOException e) {
                findings.add(Finding.fail("tls client-ca", String.valueOf(e.getMessage()), "mend the file"));
            }
        }
        return findings;
    }

    private static List<Certificate> ofStore(Path file, @Nullable Path passwordFile)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] password = passwordFile == null
                ? new char[0]
                : KeyMaterial.firstLine(passwordFile).toCharArray();
        store.load(new ByteArrayInputStream(PemFile.bytes(file)), password);
        for (String alias : Collections.list(store.aliases())) {
            Certificate[] chain = store.getCertificateChain(alias);
            if (chain != null) {
                return Arrays.asList(chain);
            }
        }
        return List.of();
    }

    private static List<Finding> dates(String check, List<Certificate> chain, Clock clock, boolean isShown) {
        List<Finding> findings = new ArrayList<>();
        Instant now = clock.instant();
        for (Certificate each : chain) {
            if (each instanceof X509Certificate certificate) {
                // Of the chain clients look at the dates of all.
                String names = isShown && findings.isEmpty() ? names(certificate) : "";
                findings.add(date(check, certificate, names, now));
            }
        }
        return findings;
    }

    private static Finding date(String check, X509Certificate certificate, String names, Instant now) {
        Instant end = certificate.getNotAfter().toInstant();
        Instant begin = certificate.getNotBefore().toInstant();
        String detail = certificate.getSubjectX500Principal().getName() + names + ", until " + end;
        if (now.isBefore(begin)) {
            return Finding.fail(check, detail + ", and only from " + begin, "look at the clock of this machine");
        }
        if (now.isAfter(end)) {
            return Finding.fail(check, detail + ": over for " + Words.duration(Duration.between(end, now)), "renew it");
        }
        String left = detail + ", in " + Words.duration(Duration.between(now, end));
        return Duration.between(now, end).compareTo(SOON) < 0
                ? Finding.warn(check, left, "renew it; the gateway takes new files by itself within 5 s")
                : Finding.ok(check, left);
    }

    private static String names(X509Certificate certificate) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? " without subjectAltName: browsers refuse it"
                    : names.stream()
                            .map(name -> String.valueOf(name.get(1)))
                            .collect(Collectors.joining(", ", " for ", ""));
        } catch (GeneralSecurityException e) {
            return "";
        }
    }
}
