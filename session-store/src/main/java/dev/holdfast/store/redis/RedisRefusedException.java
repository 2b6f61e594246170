// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.Set;

/**
 * A Redis server that would not keep what is promised, or does not let us in; the message says which and why, for the
 * operator, and holds no password.
 */
public final class RedisRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final Set<String> AWAY = Set.of("connection", "timeout", "loading");

    private final String kind;

    /**
     * Says what is wrong with the server and what would be right.
     *
     * @param kind a short constant: {@code wrongpass}, {@code version}
     */
    public RedisRefusedException(String kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What is wrong in one word, see {@code mqtt_gateway_redis_failures_total}: {@code wrongpass}, {@code tls}. */
    public String kind() {
        return kind;
    }

    /** Whether nothing was refused: nobody was there, or nobody answered in time. */
    public boolean isAway() {
        return AWAY.contains(kind);
    }
}
