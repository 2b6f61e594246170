// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.Set;

/**
 * A Redis server would lose sessions, or refuses the login. The message tells the operator which server and why, and holds no
 * password.
 */
public final class RedisRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final Set<String> AWAY = Set.of("connection", "timeout", "loading");

    private final String kind;

    /**
     * An exception with a kind, and a message that says what is wrong and what would be right.
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

    /** Whether the server did not refuse anything, but was not there, or did not answer in time. */
    public boolean isAway() {
        return AWAY.contains(kind);
    }
}
