// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.RedisServers;
import dev.holdfast.gateway.app.RedisStores;
import dev.holdfast.gateway.auth.keys.KeySetReport;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import dev.holdfast.gateway.config.value.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.List;

/** Asks whoever the configuration names whether a gateway could work with it, and changes nothing there. */
final class OnlineCheck {
    private OnlineCheck() {}

    /**
     * Asks all of them.
     *
     * @param err gets one line for each problem, and for each thing that the operator should know all the same
     * @return the exit code: 0 if a gateway could start
     */
    static int run(HoldfastConfig config, PrintWriter err) {
        boolean isGood = redis(config, err);
        JwtConfig jwt = config.auth().jwt();
        List<IssuerConfig> issuers = jwt == null ? List.of() : jwt.issuers();
        for (int i = 0; i < issuers.size(); i++) {
            isGood &= keys(
                    "auth.jwt.issuers[" + i + "].keys.jwks-url", issuers.get(i).keys(), err);
        }
        return isGood ? 0 : CommandFailure.FAILED;
    }

    private static boolean redis(HoldfastConfig config, PrintWriter err) {
        Secret url = config.store().redis().url();
        if (url == null) {
            return true;
        }
        try {
            RedisStores.inspect(RedisServers.settings(config.store().redis(), url))
                    .forEach(err::println);
            return true;
        } catch (CommandFailure refused) {
            err.println(refused.getMessage());
            return false;
        }
    }

    private static boolean keys(String setting, KeysConfig keys, PrintWriter err) {
        URI url = keys.jwksUrl();
        if (url == null) {
            return true;
        }
        try {
            KeySetReport report = KeySetReport.ofUrl(url, keys.allowHttp(), keys.timeout());
            if (report.keys().stream().anyMatch(key -> !key.algorithms().isEmpty())) {
                return true;
            }
            err.println("holdfast: " + url + ": no usable key (" + setting + ")");
        } catch (IOException e) {
            err.println("holdfast: no JWK set at " + url + " (" + setting + "): " + e.getMessage());
        }
        return false;
    }
}
