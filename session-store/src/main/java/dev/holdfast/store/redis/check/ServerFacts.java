// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.check;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a Redis server says of itself, for the operator.
 *
 * @param place host and port
 * @param info INFO by name; empty where the user may not ask for it
 * @param settings some of CONFIG GET by name; without those that the user may not ask for
 * @param clockAhead how far its clock is ahead of this machine's, within {@code clockDoubt}; null where it does not tell
 * @param clockDoubt half of the time that the question took
 */
public record ServerFacts(
        String place,
        Map<String, String> info,
        Map<String, String> settings,
        @Nullable Duration clockAhead,
        Duration clockDoubt) {
    /** Copies what is mutable. */
    public ServerFacts {
        info = Map.copyOf(info);
        settings = Map.copyOf(settings);
    }

    /** Name and version, of Valkey with the Redis that it is compatible with. */
    public String name() {
        return ServerChecks.name(info);
    }
}
