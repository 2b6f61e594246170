// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.store.redis.OutageListener;
import dev.holdfast.store.redis.connection.RedisConnection;
import org.jspecify.annotations.Nullable;

/** A store of which a part may be away while the rest is served. Any thread. */
interface StoreParts {
    /** What is away, for the operator; null if nothing is, or all. */
    @Nullable
    String away();

    /** What the store refuses to do, for the operator; null if nothing. */
    @Nullable
    String refused();

    /** Whether gateways cannot be told alive for the one reason that the part with their leases is away. */
    boolean missesLeasesOnly();

    /** Has a listener hear of parts that are away and come back; one at a time. */
    void onOutage(OutageListener listener);

    /** The parts of a Redis Cluster. */
    static StoreParts of(RedisConnection connection) {
        return new StoreParts() {
            @Override
            public @Nullable String away() {
                return connection.away();
            }

            @Override
            public @Nullable String refused() {
                return connection.refused();
            }

            @Override
            public boolean missesLeasesOnly() {
                return connection.missesLeasesOnly();
            }

            @Override
            public void onOutage(OutageListener listener) {
                connection.onOutage(listener);
            }
        };
    }
}
