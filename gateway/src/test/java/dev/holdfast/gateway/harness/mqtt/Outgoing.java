// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** A packet to send: the bytes depend on the version that the connection speaks. */
@FunctionalInterface
public interface Outgoing {
    byte[] encode(Version version);

    /** A packet given as hexadecimal digits, blanks between them as you like. */
    static Outgoing hex(String digits) {
        byte[] bytes = Hex.parse(digits);
        return version -> bytes;
    }
}
