// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

/** A Redis server that would not keep what is promised; the message says which and why, for the operator. */
public final class RedisRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Says what is wrong with the server and what would be right. */
    public RedisRefusedException(String message) {
        super(message);
    }
}
