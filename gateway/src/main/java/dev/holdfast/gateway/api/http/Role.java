// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

/** What whoever has a token may do; each role includes those before it. */
public enum Role {
    /** Look. */
    READ,
    /** Change sessions and retained messages, publish. */
    WRITE;

    boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
