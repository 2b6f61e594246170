// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.auth.token.StrictJson;
import io.jsonwebtoken.io.Parser;
import io.jsonwebtoken.jackson.io.JacksonDeserializer;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JWK set (RFC 7517 section 5) as text. A member that is for something else, broken or of an unknown kind is left
 * out and counted; of a private key only the public half is kept.
 *
 * @param keys the keys for checking signatures
 * @param leftOut how many members were not taken
 */
record JwkSetText(List<RawKey> keys, int leftOut) {
    private static final int MAX_KEYS = 100;
    private static final List<String> KEY_PARAMETERS = List.of("kty", "kid", "alg", "crv", "x", "y", "n", "e", "k");

    /** Reads a set. Shared secrets ({@code oct}) are only taken where the text itself is secret. */
    static JwkSetText parse(byte[] json, boolean withSecrets) throws IOException {
        JsonNode set = StrictJson.MAPPER.readTree(json);
        if (set == null || !set.path("keys").isArray() || set.path("keys").size() > MAX_KEYS) {
            throw new IOException("not a JWK set");
        }
        Parser<Jwk<?>> parser = Jwks.parser()
                .json(new JacksonDeserializer<Map<String, ?>>(StrictJson.MAPPER))
                .build();
        List<RawKey> keys = new ArrayList<>();
        int leftOut = 0;
        for (JsonNode member : set.path("keys")) {
            RawKey key = isForSignatures(member) ? read(parser, member, withSecrets) : null;
            if (key == null) {
                leftOut++;
            } else {
                keys.add(key);
            }
        }
        return new JwkSetText(List.copyOf(keys), leftOut);
    }

    private static boolean isForSignatures(JsonNode member) {
        if (member.has("use") && !member.path("use").asText().equals("sig")) {
            return false;
        }
        if (!member.has("key_ops")) {
            return true;
        }
        for (JsonNode operation : member.path("key_ops")) {
            if (operation.asText().equals("verify")) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable RawKey read(Parser<Jwk<?>> parser, JsonNode member, boolean withSecrets) {
        if (!withSecrets && member.path("kty").asText().equals("oct")) {
            return null;
        }
        try {
            Jwk<?> jwk = parser.parse(keyOnly(member).toString());
            return new RawKey(jwk.toKey(), jwk.getId(), jwk.getAlgorithm());
        } catch (RuntimeException e) {
            return null;
        }
    }

    /**
     * The parameters that say what the public key is. The rest is not needed and would only be judged: a certificate
     * ({@code x5c}) with line breaks in it or in base64url, which some identity servers write, or the private half.
     */
    private static ObjectNode keyOnly(JsonNode member) {
        ObjectNode key = StrictJson.MAPPER.createObjectNode();
        for (String name : KEY_PARAMETERS) {
            if (member.has(name)) {
                key.set(name, member.get(name));
            }
        }
        return key;
    }

    /** Holds keys and shows none. */
    @Override
    public String toString() {
        return "JwkSetText[" + keys.size() + " keys]";
    }
}
