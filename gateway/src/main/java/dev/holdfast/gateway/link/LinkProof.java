// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The proofs that the two ends of a link send each other, so that a stranger can neither send entries nor receive them at a port that it
 * has taken over.
 *
 * @param readersNonce random bytes of the gateway that listens
 * @param writersNonce random bytes of the gateway that connects
 * @param writer the name of the writer of the entries
 */
record LinkProof(byte[] readersNonce, byte[] writersNonce, long writer) {
    static final byte[] GREETING = "HFL1".getBytes(StandardCharsets.US_ASCII);
    static final int NONCE_BYTES = 16;
    static final int PROOF_BYTES = 32;
    static final int SECRET_BYTES = 32;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Random bytes from a secure source. */
    static byte[] random(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    byte[] ofWriter(byte[] secret) {
        return of((byte) 'w', secret);
    }

    byte[] ofReader(byte[] secret) {
        return of((byte) 'r', secret);
    }

    /** Compares in constant time. */
    static boolean matches(byte[] given, byte[] wanted) {
        return MessageDigest.isEqual(given, wanted);
    }

    private byte[] of(byte whose, byte[] secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(whose);
            mac.update(readersNonce);
            mac.update(writersNonce);
            mac.update(ByteBuffer.allocate(Long.BYTES).putLong(writer).flip());
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
