// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.config.value.WebOrigin;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whose pages may open a WebSocket here. A request without an Origin is not from a browser and is allowed; one with an
 * Origin must name one of the list, or the very host and port that it asks, as clients do that are no browsers and send
 * one all the same.
 */
public final class Origins {

    /** Lets every page in; for development. */
    public static final Origins ANY = new Origins(null);

    private final @Nullable Set<WebOrigin> allowed;

    private Origins(@Nullable Set<WebOrigin> allowed) {
        this.allowed = allowed;
    }

    /**
     * Allows these origins and no others.
     *
     * @throws IllegalArgumentException for something that is no origin, see {@link WebOrigin#parse}
     */
    public static Origins of(List<String> origins) {
        return new Origins(origins.stream().map(WebOrigin::parse).collect(Collectors.toUnmodifiableSet()));
    }

    /** Whether a request with these Origin and Host headers may be upgraded. */
    boolean allows(List<String> origins, List<String> hosts) {
        if (origins.isEmpty() || allowed == null) {
            return true;
        }
        if (origins.size() > 1) {
            return false;
        }
        WebOrigin origin;
        try {
            origin = WebOrigin.parse(origins.get(0).trim());
        } catch (IllegalArgumentException ofNobody) {
            return false;
        }
        return allowed.contains(origin)
                || (hosts.size() == 1 && origin.isOf(hosts.get(0).trim()));
    }
}
