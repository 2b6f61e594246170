// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.PrematureJwtException;
import io.jsonwebtoken.jackson.io.JacksonDeserializer;
import java.security.Key;
import java.security.PublicKey;
import java.util.Date;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;

/**
 * One key of one issuer, with the algorithms that both the issuer's list and the key allow, and nothing else. A public
 * key is therefore never an HMAC secret, whatever a token's header says.
 */
final class VerificationKey {
    private final RawKey raw;
    private final List<SigningAlgorithm> algorithms;
    private final JwtParser parser;

    private VerificationKey(RawKey raw, List<SigningAlgorithm> algorithms, TimeRules time) {
        this.raw = raw;
        this.algorithms = algorithms;
        JwtParserBuilder builder = Jwts.parser()
                .json(new JacksonDeserializer<Map<String, ?>>(StrictJson.MAPPER))
                .clock(() -> Date.from(time.now()))
                .clockSkewSeconds(time.skew().toSeconds())
                .zip()
                .clear()
                .and()
                .enc()
                .clear()
                .and()
                .key()
                .clear()
                .and()
                .sig()
                .clear()
                .add(algorithms.stream().map(SigningAlgorithm::algorithm).toList())
                .and();
        Key key = raw.key();
        this.parser = key instanceof SecretKey secret
                ? builder.verifyWith(secret).build()
                : builder.verifyWith((PublicKey) key).build();
    }

    /** A key for the algorithms on an issuer's list that fit it; there may be none. */
    static VerificationKey of(RawKey raw, List<SigningAlgorithm> allowed, TimeRules time) {
        List<SigningAlgorithm> fitting = allowed.stream()
                .filter(each -> each.fits(raw.key()))
                .filter(each -> raw.allows(each))
                .toList();
        return new VerificationKey(raw, fitting, time);
    }

    /** Whether it may check a signature of this algorithm. */
    boolean serves(SigningAlgorithm algorithm) {
        return algorithms.contains(algorithm);
    }

    boolean isUsable() {
        return !algorithms.isEmpty();
    }

    RawKey raw() {
        return raw;
    }

    /** Checks the signature; the time claims as well. */
    void verify(UnverifiedToken token) throws TokenRefusedException {
        try {
            parser.parseSignedClaims(token.compact());
        } catch (ExpiredJwtException e) {
            throw new TokenRefusedException(Why.EXPIRED);
        } catch (PrematureJwtException e) {
            throw new TokenRefusedException(Why.NOT_YET);
        } catch (RuntimeException e) {
            // Whatever else the library finds. Its message may quote the token, so it goes nowhere.
            throw new TokenRefusedException(Why.SIGNATURE);
        }
    }
}
