// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.holdfast.gateway.auth.AuthConfigException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a token says, without checking whether it is true. Shows the header and the claims, never the signature, so that
 * what is printed cannot be used as a token.
 *
 * @param header the header as indented JSON
 * @param claims the claims as indented JSON
 * @param map the claims
 */
public record TokenInspection(String header, String claims, Map<String, Object> map) {

    /** Takes a token apart. */
    public static TokenInspection of(String compact) throws AuthConfigException {
        try {
            UnverifiedToken token = UnverifiedToken.parse(compact);
            byte[] header = Base64.getUrlDecoder().decode(compact.substring(0, compact.indexOf('.')));
            return new TokenInspection(indented(StrictJson.object(header)), indented(token.claims()), token.claims());
        } catch (TokenRefusedException e) {
            throw new AuthConfigException(
                    "not a token the gateway would look at: " + e.why().words());
        } catch (IOException e) {
            throw new AuthConfigException("not a token the gateway would look at: header");
        }
    }

    /** Its times as people read them. */
    public List<String> times(Instant now) {
        List<String> lines = new ArrayList<>();
        Claims said = new Claims(map);
        for (String name : List.of("iat", "nbf", "exp")) {
            try {
                Instant time = said.time(name);
                if (time != null) {
                    Duration away = Duration.between(now, time);
                    String distance = away.abs()
                            .truncatedTo(ChronoUnit.SECONDS)
                            .toString()
                            .substring(2)
                            .toLowerCase(Locale.ROOT);
                    lines.add(name + " " + time + (away.isNegative() ? ", " + distance + " ago" : ", in " + distance));
                }
            } catch (TokenRefusedException e) {
                lines.add(name + " is no time");
            }
        }
        if (!map.containsKey("exp")) {
            lines.add("exp is missing: it would be refused");
        }
        return lines;
    }

    private static String indented(Map<String, Object> json) throws JsonProcessingException {
        return StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }
}
