// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.ConfigChange;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.util.Set;

/** Which settings a running gateway takes from a configuration that is read again. */
final class Reload {
    private static final Set<String> SETTINGS = Set.of(
            "log.level",
            "auth.anonymous",
            "auth.anonymous-acl",
            "auth.jwt.issuers",
            "auth.jwt.skew",
            "auth.jwt.cookie",
            "auth.jwt.query-parameter",
            "auth.jwt.verdict-cache-bytes",
            "limits.max-connections",
            "limits.connect-rate",
            "limits.connect-rate-per-address",
            "limits.failed-login-rate",
            "limits.takeover-rate",
            "limits.takeover-wait",
            "limits.message-rate",
            "limits.byte-rate",
            "limits.max-client-id-bytes",
            "limits.max-subscriptions-per-client",
            "limits.max-sessions-per-principal",
            "limits.max-unbound-sessions-per-principal",
            "limits.max-filters-per-subscribe",
            "limits.max-shared-group-members",
            "limits.max-will-bytes",
            "limits.max-will-delay");

    private Reload() {}

    /** What changes, and what would need a restart. */
    static ConfigChange of(HoldfastConfig running, HoldfastConfig next) {
        boolean staysEncrypted = running.tls().enabled() && next.tls().enabled();
        return ConfigChange.between(
                running, next, path -> SETTINGS.contains(path) || (staysEncrypted && path.startsWith("tls.")));
    }
}
