// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whose pages may open a WebSocket here. A request without an Origin is not from a browser and is allowed; one with an
 * Origin must name one of the list, whole: scheme, host and port. {@code null}, which sandboxed pages send, never
 * matches, for it cannot be in the list.
 */
public final class Origins {

    /** Lets every page in; for development. */
    public static final Origins ANY = new Origins(null);

    private final @Nullable Set<String> allowed;

    private Origins(@Nullable Set<String> allowed) {
        this.allowed = allowed;
    }

    /**
     * Allows these origins and no others.
     *
     * @throws IllegalArgumentException for something that is not {@code scheme://host[:port]}
     */
    public static Origins of(List<String> origins) {
        return new Origins(origins.stream().map(Origins::checked).collect(Collectors.toUnmodifiableSet()));
    }

    boolean allows(List<String> headers) {
        if (headers.isEmpty() || allowed == null) {
            return true;
        }
        return headers.size() == 1 && allowed.contains(headers.get(0).toLowerCase(Locale.ROOT));
    }

    private static String checked(String origin) {
        String lower = origin.toLowerCase(Locale.ROOT);
        if (!lower.matches("[a-z][a-z0-9+.-]*://[^/?#*@\\s]+")) {
            throw new IllegalArgumentException("not an origin of the form scheme://host[:port]: " + origin);
        }
        return lower;
    }
}
