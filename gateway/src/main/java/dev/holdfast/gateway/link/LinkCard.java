// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The address at which a gateway accepts links, and the secret that a writer must know.
 *
 * @param host a name or an address
 * @param port the port
 * @param secret sent to other gateways through Redis only; the array must not be changed
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
