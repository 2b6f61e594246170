// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which token an identity came from, without the token: what a revocation is compared with.
 *
 * @param issuer its {@code iss}
 * @param subject its {@code sub}
 * @param id its {@code jti}, or null
 * @param issuedAt its {@code iat}, or null
 */
public record TokenRef(
        String issuer,
        String subject,
        @Nullable String id,
        @Nullable Instant issuedAt) {}
