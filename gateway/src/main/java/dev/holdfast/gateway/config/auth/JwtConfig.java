// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.auth;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are judged. Once an issuer is written here, everything not allowed is denied.
 *
 * @param issuers whose tokens are taken; the name of each is compared with {@code iss}, character by character
 * @param skew how far clocks may differ; default 30 s
 * @param maxTokenBytes longest token looked at, as it is sent; default 8192
 * @param cookie name of the cookie that may carry a token; null = none. Needs a list of allowed origins
 * @param queryParameter name of the query parameter that may carry a token; null = none, because URLs end up in logs
 * @param verdictCacheBytes how many bytes of verified tokens are remembered until they expire; 0 = none
 */
public record JwtConfig(
        @Doc("Whose tokens are taken. At least one.") @Default("")
        List<IssuerConfig> issuers,

        @Doc("How far the clocks of issuers may differ.") @Default("30s") @Between(min = "0", max = "10m")
        Duration skew,

        @Doc("Longest token looked at, in bytes as it is sent. A CONNECT carries 65535 at the most, and no more than "
                + "limits.max-packet-size-before-auth in all; the headers of a WebSocket upgrade may be 8 KiB longer than "
                + "this, and 16 KiB in any case.")
        @Default("8192")
        @Between(min = "256", max = "65535")
        int maxTokenBytes,

        @Doc("Name of a cookie that may carry a token. Needs websocket.allowed-origins to be a list, or any web page "
                + "could use it.")
        @Nullable
        String cookie,

        @Doc("Name of a query parameter of the WebSocket URL that may carry a token. Off unless named, because URLs "
                + "end up in the logs of proxies; the gateway's own never hold it.")
        @Nullable
        String queryParameter,

        @Doc("Bytes of verified tokens that are remembered until they expire, so that a reconnect costs no signature "
                + "check. 0 = none.")
        @Default("16777216")
        @Between(min = "0", max = "1073741824")
        long verdictCacheBytes) {

    /** Fills in the defaults. */
    public JwtConfig {
        issuers = List.copyOf(Objects.requireNonNullElse(issuers, List.of()));
        skew = Objects.requireNonNullElse(skew, Duration.ofSeconds(30));
        maxTokenBytes = maxTokenBytes == 0 ? 8192 : maxTokenBytes;
    }

    /** Some issuers, and everything else as it comes. */
    public static JwtConfig of(IssuerConfig... issuers) {
        return new JwtConfig(List.of(issuers), Duration.ofSeconds(30), 0, null, null, 16L << 20);
    }
}
