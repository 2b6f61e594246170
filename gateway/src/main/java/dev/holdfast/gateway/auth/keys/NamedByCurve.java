// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.KeyPairBuilder;
import io.jsonwebtoken.security.SecureRequest;
import io.jsonwebtoken.security.SignatureAlgorithm;
import io.jsonwebtoken.security.VerifySecureDigestRequest;
import java.io.InputStream;
import java.security.PrivateKey;
import java.security.PublicKey;

/**
 * The library's EdDSA under the name of a curve (RFC 9864), which it does not know yet.
 *
 * @param id {@code Ed25519} or {@code Ed448}
 */
record NamedByCurve(String id) implements SignatureAlgorithm {
    @Override
    public String getId() {
        return id;
    }

    @Override
    public byte[] digest(SecureRequest<InputStream, PrivateKey> request) {
        return Jwts.SIG.EdDSA.digest(request);
    }

    @Override
    public boolean verify(VerifySecureDigestRequest<PublicKey> request) {
        return Jwts.SIG.EdDSA.verify(request);
    }

    @Override
    public KeyPairBuilder keyPair() {
        return Jwts.SIG.EdDSA.keyPair();
    }
}
