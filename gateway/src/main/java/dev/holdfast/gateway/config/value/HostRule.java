// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * By which names (the Host of a request) something internal may be asked: by an address, by {@code localhost}, and by names that
 * the operator gives. A page in a browser asks by its own name, and whoever owns that name can make it point at this machine;
 * an address it cannot have.
 *
 * @param names in lower case, without port
 */
public record HostRule(Set<String> names) {
    /** Addresses and {@code localhost} alone. */
    public static final HostRule ADDRESSES = new HostRule(Set.of());

    private static final Pattern ADDRESS =
            Pattern.compile("(localhost|[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");
    private static final Pattern PORT = Pattern.compile(":[0-9]{1,5}$");

    /** Copies what is mutable. */
    public HostRule {
        names = Set.copyOf(names);
    }

    /** Addresses, {@code localhost} and these names, in any case. */
    public static HostRule of(List<String> names) {
        return new HostRule(
                names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet()));
    }

    /** Whether one Host, with a port or without, is such a name. */
    public boolean allows(String host) {
        String asked = host.toLowerCase(Locale.ROOT);
        return ADDRESS.matcher(asked).matches()
                || names.contains(PORT.matcher(asked).replaceFirst(""));
    }

    /**
     * Whether a request with these Host headers may be answered: it has one such name; or none at all, as balancers that
     * ask in HTTP/1.0, and no browser does.
     */
    public boolean allowsAll(List<String> hosts) {
        return hosts.isEmpty() || (hosts.size() == 1 && allows(hosts.get(0)));
    }
}
