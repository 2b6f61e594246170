// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.unit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until the test moves it. */
public final class HandMovedClock implements InstantSource {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private Duration elapsed = Duration.ZERO;

    /** Moves it on; from then on it stands there. */
    public void move(Duration by) {
        elapsed = elapsed.plus(by);
    }

    /** How far it has been moved. */
    public Duration elapsed() {
        return elapsed;
    }

    @Override
    public Instant instant() {
        return START.plus(elapsed);
    }
}
