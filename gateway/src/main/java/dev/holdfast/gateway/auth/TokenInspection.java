// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;

/**
 * What a token says, without checking whether it is true. Shows the header and the claims, never the signature, so that
 * what is printed cannot be used as a token.
 *
 * @param header the header as indented JSON
 * @param claims the claims as indented JSON
 */
public record TokenInspection(String header, String claims) {

    /** Takes a token apart. */
    public static TokenInspection of(String compact) throws AuthConfigException {
        try {
            UnverifiedToken token = UnverifiedToken.parse(compact);
            byte[] header = Base64.getUrlDecoder().decode(compact.substring(0, compact.indexOf('.')));
            return new TokenInspection(indented(StrictJson.object(header)), indented(token.claims()));
        } catch (TokenRefusedException e) {
            throw new AuthConfigException(
                    "not a token the gateway would look at: " + e.why().constant());
        } catch (IOException e) {
            throw new AuthConfigException("not a token the gateway would look at: header");
        }
    }

    private static String indented(Map<String, Object> json) throws JsonProcessingException {
        return StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }
}
