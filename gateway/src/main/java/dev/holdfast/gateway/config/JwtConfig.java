// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are judged. Once an issuer is written here, everything not allowed is denied.
 *
 * @param issuers whose tokens are taken; the name of each is compared with {@code iss}, character by character
 * @param skew how far clocks may differ; default 30 s
 * @param maxTokenBytes longest token looked at, before base64; default 8192
 * @param cookie name of the cookie that may carry a token; null = none. Needs a list of allowed origins
 * @param queryParameter name of the query parameter that may carry a token; null = none, because URLs end up in logs
 * @param verdictCacheBytes how many bytes of verified tokens are remembered until they expire; default 16 MiB
 */
public record JwtConfig(
        List<IssuerConfig> issuers,
        Duration skew,
        int maxTokenBytes,
        @Nullable String cookie,
        @Nullable String queryParameter,
        long verdictCacheBytes) {

    /** Fills in the defaults. */
    public JwtConfig {
        issuers = List.copyOf(Objects.requireNonNullElse(issuers, List.of()));
        skew = Objects.requireNonNullElse(skew, Duration.ofSeconds(30));
        maxTokenBytes = maxTokenBytes == 0 ? 8192 : maxTokenBytes;
        verdictCacheBytes = verdictCacheBytes == 0 ? 16L << 20 : verdictCacheBytes;
    }

    /** Some issuers, and everything else as it comes. */
    public static JwtConfig of(IssuerConfig... issuers) {
        return new JwtConfig(List.of(issuers), Duration.ofSeconds(30), 0, null, null, 0);
    }
}
