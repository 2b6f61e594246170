// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.contract.Time;
import java.time.Duration;
import org.awaitility.Awaitility;

/** The time of a Redis server on this machine: a test cannot move it, and waits for it. */
public final class ServerTime implements Time {
    @Override
    public long nowMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public Duration step() {
        return Duration.ofMillis(150);
    }

    @Override
    public void pass(Duration duration) {
        long until = System.currentTimeMillis() + duration.toMillis() + 5;
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(duration.plusSeconds(5))
                .until(() -> System.currentTimeMillis() >= until);
    }
}
