// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.math.BigInteger;
import java.security.Key;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.EllipticCurve;
import java.util.Arrays;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** The signature algorithms of RFC 7518, RFC 8037 and RFC 9864 that an issuer may be allowed, and the keys that fit each. */
public enum SigningAlgorithm {
    HS256("HS256", Jwts.SIG.HS256, Family.HMAC, 256),
    HS384("HS384", Jwts.SIG.HS384, Family.HMAC, 384),
    HS512("HS512", Jwts.SIG.HS512, Family.HMAC, 512),
    RS256("RS256", Jwts.SIG.RS256, Family.RSA, 2048),
    RS384("RS384", Jwts.SIG.RS384, Family.RSA, 2048),
    RS512("RS512", Jwts.SIG.RS512, Family.RSA, 2048),
    PS256("PS256", Jwts.SIG.PS256, Family.RSA, 2048),
    PS384("PS384", Jwts.SIG.PS384, Family.RSA, 2048),
    PS512("PS512", Jwts.SIG.PS512, Family.RSA, 2048),
    ES256("ES256", Jwts.SIG.ES256, Family.EC, 256),
    ES384("ES384", Jwts.SIG.ES384, Family.EC, 384),
    ES512("ES512", Jwts.SIG.ES512, Family.EC, 521),
    EDDSA("EdDSA", Jwts.SIG.EdDSA, Family.EDDSA, 0),
    ED25519("Ed25519", new NamedByCurve("Ed25519"), Family.EDDSA, 0),
    ED448("Ed448", new NamedByCurve("Ed448"), Family.EDDSA, 0);

    /** What kind of key an algorithm takes. A key of one family can never be used by another. */
    public enum Family {
        HMAC,
        RSA,
        EC,
        EDDSA
    }

    private final String id;
    // The library's algorithms are constants without state; they are only not annotated so.
    @SuppressWarnings("ImmutableEnumChecker")
    private final SecureDigestAlgorithm<?, ?> algorithm;

    private final Family family;
    private final int bits;

    SigningAlgorithm(String id, SecureDigestAlgorithm<?, ?> algorithm, Family family, int bits) {
        this.id = id;
        this.algorithm = algorithm;
        this.family = family;
        this.bits = bits;
    }

    /** The name of the algorithm in a token's header, such as {@code RS256}. */
    public String id() {
        return id;
    }

    /** The library's implementation of the algorithm. */
    public SecureDigestAlgorithm<?, ?> algorithm() {
        return algorithm;
    }

    /** The kind of key that the algorithm needs. */
    public Family family() {
        return family;
    }

    /** Least key size; for elliptic curves the only one. */
    public int bits() {
        return bits;
    }

    /** Whether a check takes so long (more than about 100 microseconds) that an I/O thread must not do it. */
    public boolean isSlow() {
        return family == Family.EC || family == Family.EDDSA;
    }

    /** Whether a key is of the right kind and strong enough. */
    public boolean fits(Key key) {
        return switch (family) {
            case HMAC -> key instanceof SecretKey && sizeOf(key) >= bits;
            case RSA -> key instanceof RSAPublicKey && sizeOf(key) >= bits;
            case EC -> key instanceof ECPublicKey ec && sizeOf(key) == bits && isOfNist(ec);
            case EDDSA ->
                key instanceof EdECPublicKey ed && isOfCurve(ed.getParams().getName());
        };
    }

    /** RFC 8037 names the family, RFC 9864 the curve. */
    public boolean isOfCurve(String curve) {
        return this == EDDSA || id.equals(curve);
    }

    /** A curve y² = x³ - 3x + b. Of the same size as P-256 is secp256k1, that of ES256K, whose a is 0. */
    private static boolean isOfNist(ECPublicKey key) {
        EllipticCurve curve = key.getParams().getCurve();
        return curve.getField() instanceof ECFieldFp field
                && curve.getA().equals(field.getP().subtract(BigInteger.valueOf(3)));
    }

    /**
     * Whether whoever allows this allows a token of another algorithm too: EdDSA is the old name of both curves together
     * (RFC 9864 section 2.2).
     */
    public boolean covers(SigningAlgorithm other) {
        return this == other || (this == EDDSA && other.family == Family.EDDSA);
    }

    /** The size of a key in bits, 0 when that says nothing. */
    static int sizeOf(Key key) {
        if (key instanceof RSAPublicKey rsa) {
            return rsa.getModulus().bitLength();
        }
        if (key instanceof ECPublicKey ec) {
            return ec.getParams().getCurve().getField().getFieldSize();
        }
        if (key instanceof SecretKey secret) {
            byte[] bytes = secret.getEncoded();
            return bytes == null ? 0 : bytes.length * 8;
        }
        return 0;
    }

    /** All of them, for a complaint. */
    public static String names() {
        return Arrays.stream(values()).map(SigningAlgorithm::id).collect(Collectors.joining(", "));
    }

    /** The algorithm with this {@code alg} value, exactly as registered, or null. */
    public static @Nullable SigningAlgorithm of(String id) {
        for (SigningAlgorithm each : values()) {
            if (each.id.equals(id)) {
                return each;
            }
        }
        return null;
    }
}
