// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Where a gateway is told things directly, and the secret by which it knows those that may.
 *
 * @param host a name or an address
 * @param port its port
 * @param secret to be told through Redis only; not to be changed
 */
public record LinkCard(String host, int port, byte[] secret) {
    @Override
    public boolean equals(Object other) {
        return other instanceof LinkCard card
                && card.port == port
                && card.host.equals(host)
                && MessageDigest.isEqual(card.secret, secret);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(secret);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
