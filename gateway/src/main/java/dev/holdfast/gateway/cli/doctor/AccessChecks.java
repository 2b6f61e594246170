// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import dev.holdfast.gateway.auth.keys.KeySetReport;
import dev.holdfast.gateway.cli.terminal.Words;
import dev.holdfast.gateway.config.ApiConfig;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import dev.holdfast.gateway.pem.FileModes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who may come in, as a client and as an operator: issuers of tokens with their keys, anonymous clients, tokens of the API. */
final class AccessChecks {
    private AccessChecks() {}

    static List<Finding> run(HoldfastConfig config) {
        List<Finding> findings = new ArrayList<>();
        JwtConfig jwt = config.auth().jwt();
        List<IssuerConfig> issuers = jwt == null ? List.of() : jwt.issuers();
        for (IssuerConfig issuer : issuers) {
            findings.add(keys("issuer " + issuer.issuer(), issuer.keys()));
        }
        if (config.auth().anonymous()) {
            boolean isAll = config.auth().anonymousAcl().isEmpty();
            findings.add(
                    config.dev()
                            ? Finding.ok("anonymous clients", "let in (--dev)")
                            : Finding.warn(
                                    "anonymous clients",
                                    "everybody may connect" + (isAll ? " and touch every topic" : ""),
                                    isAll ? "auth.anonymous-acl bounds what they touch" : "as you meant it?"));
        } else {
            findings.add(Finding.ok("anonymous clients", "not let in"));
        }
        findings.add(operators(config.api()));
        findings.add(internal(config.listeners().adminHost()));
        return findings;
    }

    private static Finding keys(String check, KeysConfig keys) {
        URI url = keys.jwksUrl();
        if (url != null) {
            try {
                KeySetReport report = KeySetReport.ofUrl(url, keys.allowHttp(), keys.timeout());
                long usable = report.keys().stream()
                        .filter(key -> !key.algorithms().isEmpty())
                        .count();
                return usable == 0
                        ? Finding.fail(
                                check, "no usable key at " + url, "\"holdfast jwks check --url\" lists what is there")
                        : Finding.ok(check, Words.count(usable, "usable key") + " at " + url);
            } catch (IOException e) {
                return Finding.fail(
                        check,
                        "no JWK set at " + url + ": " + e.getMessage(),
                        "mend the address, or the way there: without its keys nobody with a token comes in");
            }
        }
        Path secret = keys.secretFile();
        if (secret != null && FileModes.isReadableByAll(secret)) {
            return Finding.warn(check, secret + " may be read by every user of this machine", "chmod 600 " + secret);
        }
        Path file = Stream.of(secret, keys.pemFile(), keys.jwksFile())
                .filter(each -> each != null)
                .findFirst()
                .orElse(null);
        return Finding.ok(check, "keys of " + (file == null ? "the configuration" : file));
    }

    private static Finding operators(ApiConfig api) {
        Path readable = Stream.of(api.readTokenFile(), api.writeTokenFile())
                .filter(file -> file != null && FileModes.isReadableByAll(file))
                .findFirst()
                .orElse(null);
        if (readable != null) {
            return Finding.warn(
                    "api tokens", readable + " may be read by every user of this machine", "chmod 600 " + readable);
        }
        boolean mayWrite = isThere(api.writeToken(), api.writeTokenFile());
        return mayWrite
                ? Finding.ok("api tokens", "there is one that may change things")
                : Finding.warn(
                        "api tokens",
                        "none may change anything: no kick, no drain, no publish over REST",
                        "api.write-token-file, if that is wanted");
    }

    private static boolean isThere(@Nullable Object token, @Nullable Object file) {
        return token != null || file != null;
    }

    private static Finding internal(String host) {
        try {
            if (InetAddress.getByName(host).isLoopbackAddress()) {
                return Finding.ok("internal listener", "on " + host + ", for this machine alone");
            }
        } catch (UnknownHostException e) {
            return Finding.fail("internal listener", "unknown address " + host, "mend listeners.admin-host");
        }
        return Finding.warn(
                "internal listener",
                "on " + host + ": whoever reaches it may look, and revoke tokens",
                "keep it behind a firewall; for balancers and Prometheus there is listeners.health-port");
    }
}
