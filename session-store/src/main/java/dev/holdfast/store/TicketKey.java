// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.time.Duration;

/**
 * A key by which gateways encrypt TLS tickets. Whoever has it can decrypt the tickets: it stands in no log, and in no text of this object.
 *
 * @param bytes {@value #LENGTH} random bytes: name, key of the MAC, key of the cipher
 * @param age how long ago it was made, by the clock of the store
 */
public record TicketKey(byte[] bytes, Duration age) {
    /** How many bytes a key has. */
    public static final int LENGTH = 48;

    /** Refuses a key of another length. */
    public TicketKey {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a ticket key has " + LENGTH + " bytes");
        }
    }

    @Override
    public String toString() {
        return "TicketKey[age=" + age + "]";
    }
}
