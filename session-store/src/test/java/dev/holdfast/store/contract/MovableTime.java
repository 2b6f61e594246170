// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it; safe to read from any thread. */
public final class MovableTime implements Time, InstantSource {
    private final AtomicLong millis = new AtomicLong(1_800_000_000_000L);

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis.get());
    }

    @Override
    public long millis() {
        return millis.get();
    }

    @Override
    public long nowMillis() {
        return millis.get();
    }

    @Override
    public Duration step() {
        return Duration.ofSeconds(10);
    }

    @Override
    public void pass(Duration duration) {
        millis.addAndGet(duration.toMillis());
    }
}
