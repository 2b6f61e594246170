// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import dev.holdfast.gateway.auth.token.StrictJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Tokens written by hand, byte by byte, so that they can be wrong in every way. */
public final class Tokens {
    static final String ISSUER = "https://id.example.com/";
    static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    static final byte[] SECRET =
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private Tokens() {}

    /** The claims of a good token, to be spoilt by tests. */
    static Map<String, @Nullable Object> claims() {
        Map<String, @Nullable Object> claims = new LinkedHashMap<>();
        claims.put("iss", ISSUER);
        claims.put("sub", "alice");
        claims.put("aud", "mqtt");
        claims.put("iat", NOW.getEpochSecond());
        claims.put("exp", NOW.getEpochSecond() + 3600);
        return claims;
    }

    static Map<String, @Nullable Object> claims(String name, @Nullable Object value) {
        Map<String, @Nullable Object> claims = claims();
        claims.put(name, value);
        return claims;
    }

    static Map<String, @Nullable Object> without(String name) {
        Map<String, @Nullable Object> claims = claims();
        claims.remove(name);
        return claims;
    }

    static String json(Map<String, ? extends @Nullable Object> map) {
        try {
            return StrictJson.MAPPER.writeValueAsString(map);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static String base64(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static String hs256(Map<String, ? extends @Nullable Object> claims) {
        return hs256("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", json(claims), SECRET);
    }

    static String hs256(String header, String payload, byte[] secret) {
        return hmac("HmacSHA256", base64(header) + "." + base64(payload), secret);
    }

    static String hmac(String algorithm, String signed, byte[] secret) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret, algorithm));
            byte[] signature = mac.doFinal(signed.getBytes(StandardCharsets.ISO_8859_1));
            return signed + "." + BASE64.encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Signed with RS256. */
    public static String rs256(PrivateKey key, @Nullable String kid, Map<String, ? extends @Nullable Object> claims) {
        String header = kid == null ? "{\"alg\":\"RS256\"}" : "{\"alg\":\"RS256\",\"kid\":" + quoted(kid) + "}";
        return rs256(key, header, json(claims));
    }

    static String rs256(PrivateKey key, String header, String payload) {
        try {
            String signed = base64(header) + "." + base64(payload);
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A key pair of RSA. */
    public static KeyPair rsa() {
        return pair("RSA", 2048, null);
    }

    static KeyPair ec(String curve) {
        return pair("EC", 0, curve);
    }

    static KeyPair ed25519() {
        return pair("Ed25519", 0, null);
    }

    private static KeyPair pair(String kind, int bits, @Nullable String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
            if (curve != null) {
                generator.initialize(new ECGenParameterSpec(curve));
            } else if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String pem(KeyPair pair) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /** A JWK set of RSA keys by key id. */
    public static String jwks(Map<String, KeyPair> keys) {
        return keys.entrySet().stream()
                .map(each -> {
                    var rsa = (java.security.interfaces.RSAPublicKey)
                            each.getValue().getPublic();
                    return "{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":" + quoted(each.getKey()) + ",\"n\":\""
                            + unsigned(rsa.getModulus()) + "\",\"e\":\"" + unsigned(rsa.getPublicExponent()) + "\"}";
                })
                .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
    }

    static String unsigned(java.math.BigInteger number) {
        byte[] bytes = number.toByteArray();
        return BASE64.encodeToString(bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    static String quoted(String text) {
        return json(Map.of("x", text)).replaceFirst("^\\{\"x\":", "").replaceFirst("}$", "");
    }
}
