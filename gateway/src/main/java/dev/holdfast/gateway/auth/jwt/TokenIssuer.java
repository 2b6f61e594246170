// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.keys.KeyFile;
import dev.holdfast.gateway.auth.keys.RawKey;
import dev.holdfast.gateway.auth.keys.SigningAlgorithm;
import dev.holdfast.gateway.pem.PemFile;
import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.jackson.io.JacksonSerializer;
import io.jsonwebtoken.security.MacAlgorithm;
import io.jsonwebtoken.security.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Path;
import java.security.Key;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.Date;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Signs tokens: for the demo, for {@code token issue}, and for trying things out. Safe on any thread. */
public final class TokenIssuer {
    private static final int SECRET_BYTES = 64;

    private final Key key;
    private final SigningAlgorithm algorithm;

    private TokenIssuer(Key key, SigningAlgorithm algorithm) {
        this.key = key;
        this.algorithm = algorithm;
    }

    /** Signs with HS256 and a secret made up now, which only this process knows. */
    public static TokenIssuer ofRandomSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return new TokenIssuer(new SecretKeySpec(secret, "HmacSHA256"), SigningAlgorithm.HS256);
    }

    /**
     * Signs with an HMAC secret from a file.
     *
     * @param algorithm HS256, HS384 or HS512
     */
    public static TokenIssuer ofSecretFile(Path file, boolean isBase64, String algorithm) throws AuthConfigException {
        SigningAlgorithm known = algorithm(algorithm, true);
        try {
            Key key = (isBase64 ? KeyFile.SECRET_BASE64 : KeyFile.SECRET)
                    .read(file)
                    .get(0)
                    .key();
            if (!known.fits(key)) {
                throw new AuthConfigException(file + ": too short for " + algorithm);
            }
            return new TokenIssuer(key, known);
        } catch (IOException e) {
            throw new AuthConfigException(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Signs with a private key from a PEM file (PKCS #8, PKCS #1 or SEC 1, not encrypted).
     *
     * @param algorithm any but HS*; null for the usual one of the key: RS256, ES256 (384, 512 by its curve), EdDSA
     */
    public static TokenIssuer ofPrivateKeyFile(Path file, @Nullable String algorithm) throws AuthConfigException {
        PrivateKey key = privateKey(file);
        SigningAlgorithm known = algorithm(algorithm == null ? usual(key) : algorithm, false);
        boolean fits = switch (known.family()) {
            case RSA -> key instanceof RSAPrivateKey;
            case EC ->
                key instanceof ECPrivateKey ec
                        && ec.getParams().getCurve().getField().getFieldSize() == known.bits();
            default ->
                key instanceof EdECPrivateKey ed
                        && known.isOfCurve(ed.getParams().getName());
        };
        if (!fits) {
            throw new AuthConfigException("algorithm " + known.id() + " does not go with the key in " + file);
        }
        return new TokenIssuer(key, known);
    }

    private static PrivateKey privateKey(Path file) throws AuthConfigException {
        try {
            return PemFile.read(file).privateKey();
        } catch (IOException e) {
            throw new AuthConfigException(String.valueOf(e.getMessage()));
        }
    }

    private static String usual(PrivateKey key) {
        if (key instanceof ECPrivateKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            return bits == 256 ? "ES256" : bits == 384 ? "ES384" : "ES512";
        }
        return key instanceof RSAPrivateKey ? "RS256" : "EdDSA";
    }

    private static SigningAlgorithm algorithm(String id, boolean hmac) throws AuthConfigException {
        SigningAlgorithm known = SigningAlgorithm.of(id);
        if (known == null || (known.family() == SigningAlgorithm.Family.HMAC) != hmac) {
            throw new AuthConfigException("algorithm " + id + " does not go with this kind of key");
        }
        return known;
    }

    /** The {@code alg} of its tokens. */
    public String algorithm() {
        return algorithm.id();
    }

    /** Signs a token. */
    public String issue(TokenRequest request) {
        JwtBuilder builder = Jwts.builder()
                .json(new JacksonSerializer<>())
                .issuer(request.issuer())
                .subject(request.subject())
                .issuedAt(Date.from(request.issuedAt()))
                .expiration(Date.from(request.issuedAt().plus(request.lifetime())));
        if (!request.audience().isEmpty()) {
            builder.audience().add(request.audience()).and();
        }
        String kid = request.kid();
        if (kid != null) {
            builder.header().keyId(kid).and();
        }
        for (Map.Entry<String, Object> claim : request.further().entrySet()) {
            builder.claim(claim.getKey(), claim.getValue());
        }
        return sign(builder).compact();
    }

    private JwtBuilder sign(JwtBuilder builder) {
        if (key instanceof SecretKey secret) {
            return builder.signWith(secret, (MacAlgorithm) algorithm.algorithm());
        }
        return builder.signWith((PrivateKey) key, (SignatureAlgorithm) algorithm.algorithm());
    }

    /** The key that checks its tokens; only with a secret. */
    RawKey verificationKey() {
        return new RawKey(key, null, algorithm.id());
    }

    /** The claim for the short form of access rules. */
    public static Map<String, List<String>> acl(List<String> publish, List<String> subscribe) {
        return Map.of("pub", List.copyOf(publish), "sub", List.copyOf(subscribe));
    }
}
