// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a token is to say.
 *
 * @param issuer {@code iss}
 * @param subject {@code sub}
 * @param audience {@code aud}; may be empty
 * @param issuedAt {@code iat}
 * @param lifetime from {@code iat} to {@code exp}
 * @param kid {@code kid} of the header, or null
 * @param further other claims, for example {@code acl}, {@code jti}, {@code client_id}
 */
public record TokenRequest(
        String issuer,
        String subject,
        List<String> audience,
        Instant issuedAt,
        Duration lifetime,
        @Nullable String kid,
        Map<String, Object> further) {

    /** Copies what is mutable. */
    public TokenRequest {
        audience = List.copyOf(audience);
        further = Map.copyOf(further);
    }
}
