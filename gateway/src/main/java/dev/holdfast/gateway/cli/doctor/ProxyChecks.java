// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.ListenersConfig;
import dev.holdfast.gateway.config.value.AddressRange;
import java.util.ArrayList;
import java.util.List;

/** What stands before the gateway, and whether it is believed too much. */
final class ProxyChecks {
    private ProxyChecks() {}

    static List<Finding> run(HoldfastConfig config) {
        List<Finding> findings = new ArrayList<>();
        ListenersConfig listeners = config.listeners();
        findings.add(header("proxy before tcp-port", listeners.isProxyBeforeTcp(), listeners.host()));
        findings.add(header("proxy before ws-port", listeners.isProxyBeforeWs(), listeners.host()));
        List<String> trusted = config.websocket().trustedProxies();
        List<String> all = trusted.stream()
                .filter(range -> AddressRange.parse(range).prefixBits() == 0)
                .toList();
        if (!all.isEmpty()) {
            findings.add(Finding.fail(
                    "trusted proxies",
                    String.join(", ", all) + " is everybody: any client may claim any address",
                    "name the addresses of your proxies alone (websocket.trusted-proxies)"));
        } else if (!trusted.isEmpty()) {
            findings.add(Finding.ok("trusted proxies", String.join(", ", trusted)));
        } else if (!listeners.isProxyBeforeWs()) {
            findings.add(Finding.ok(
                    "trusted proxies",
                    "none: behind an HTTP proxy all clients would have its address, and share its limits"));
        }
        return findings;
    }

    private static Finding header(String check, boolean isExpected, String host) {
        if (!isExpected) {
            return Finding.ok(check, "no PROXY header is expected: clients have the address that they come from");
        }
        return Finding.warn(
                check,
                "each connection to " + host + " has to begin with a PROXY header, by which it may claim any address",
                "let nobody but the balancer reach this port");
    }
}
