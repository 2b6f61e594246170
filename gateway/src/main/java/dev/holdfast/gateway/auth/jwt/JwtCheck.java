// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.keys.KeyOpener;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What would keep a {@link JwtAuthenticator} from being opened, all of it, before anything is. */
final class JwtCheck {
    private JwtCheck() {}

    /**
     * Checks the settings and reads the key files; asks no URL.
     *
     * @param originsListed whether the transport compares the Origin header with a list
     * @return the settings of the issuers, in their order
     */
    static List<IssuerSettings> of(JwtConfig config, boolean originsListed, Complaints complaints) {
        if (config.issuers().isEmpty()) {
            complaints.about("issuers", "at least one issuer is needed");
        }
        if (config.cookie() != null && !originsListed) {
            complaints.about(
                    "cookie",
                    "needs a list of allowed origins (websocket.allowed-origins), or any web page could use it");
        }
        List<IssuerSettings> issuers = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < config.issuers().size(); i++) {
            IssuerConfig each = config.issuers().get(i);
            Complaints its = complaints.in("issuers[" + i + "]");
            IssuerSettings settings = IssuerSettings.of(each, its);
            if (!names.add(each.issuer())) {
                its.about("issuer", "'" + each.issuer() + "' is written twice");
            }
            KeyOpener.check(each.keys(), settings.algorithms(), its.in("keys"));
            issuers.add(settings);
        }
        return issuers;
    }
}
