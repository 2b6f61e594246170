// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Client identifiers for those who bring none: 120 bits of chance, which nobody guesses, in 23 bytes, which every server takes
 * [MQTT-3.1.3-5], this one whatever {@code limits.max-client-id-bytes} is.
 */
public final class AssignedClientId {
    private static final int RANDOM_BYTES = 15;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder();

    private AssignedClientId() {}

    /** One that nobody has. */
    public static String next() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return "hf-" + TEXT.encodeToString(bytes);
    }
}
