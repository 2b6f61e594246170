// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import io.jsonwebtoken.security.SecureDigestAlgorithm;
import io.jsonwebtoken.security.VerifySecureDigestRequest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What the library is asked about a token: whether its signature is by a key. Only that: the token has been taken apart
 * already, more strictly than the library does, and doing it again took longer than an RSA signature.
 *
 * @param signed header and payload as they came, with the dot between them
 * @param signature as it came, decoded
 * @param key checks it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SignatureCheck<K extends Key>(byte[] signed, byte[] signature, K key) implements VerifySecureDigestRequest<K> {

    static <K extends Key> boolean holds(SecureDigestAlgorithm<?, K> algorithm, K key, String compact) {
        int dot = compact.lastIndexOf('.');
        byte[] signed = compact.substring(0, dot).getBytes(StandardCharsets.US_ASCII);
        byte[] signature = Base64.getUrlDecoder().decode(compact.substring(dot + 1));
        return algorithm.verify(new SignatureCheck<>(signed, signature, key));
    }

    @Override
    public InputStream getPayload() {
        return new ByteArrayInputStream(signed);
    }

    @Override
    public byte[] getDigest() {
        return signature;
    }

    @Override
    public K getKey() {
        return key;
    }

    @Override
    public @Nullable Provider getProvider() {
        return null;
    }

    @Override
    public @Nullable SecureRandom getSecureRandom() {
        return null;
    }

    /** Shows nothing of the token or the key. */
    @Override
    public String toString() {
        return "SignatureCheck";
    }
}
