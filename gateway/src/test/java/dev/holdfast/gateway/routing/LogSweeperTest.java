// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.harness.InterceptedStore;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.memory.MemoryLogStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a gateway knows of a log that the store has ended, since nobody needs it any more. */
@Tag("unit")
final class LogSweeperTest {
    private static final String FILTER = "news/#";
    private static final Duration DAY = Duration.ofDays(1);

    private Instant now = Instant.EPOCH;
    private final LogStore store = new MemoryLogStore(() -> now, new LogLimits(10, 10_000, DAY), HeldMemory.UNCOUNTED);
    private final Routes routes = new Routes(SharedStrategy.ROUND_ROBIN, Neighbours.NONE, HeldMemory.UNCOUNTED, 0);
    private boolean beginsAnew;
    private final LogSweeper sweeper = new LogSweeper(
            InterceptedStore.of(LogStore.class, store, call -> {
                Object ended = call.proceed();
                if (beginsAnew && call.operation().equals("sweep")) {
                    begin();
                }
                return ended;
            }),
            routes,
            Neighbours.NONE,
            new Metrics(new SimpleMeterRegistry()));

    private void begin() {
        routes.hasLog(
                FILTER, store.keep(FILTER, DAY).toCompletableFuture().join().begun());
    }

    private void sweepWhenItHasEnded() {
        begin();
        now = now.plus(Duration.ofDays(3));
        sweeper.sweep();
    }

    @Test
    void aLogThatHasEndedIsForgotten() {
        sweepWhenItHasEnded();

        assertThat(routes.timesTold(FILTER)).isZero();
    }

    @Test
    void aLogThatBeginsAnewBeforeItsEndIsToldStaysARoute() {
        beginsAnew = true;

        sweepWhenItHasEnded();

        assertThat(routes.timesTold(FILTER)).isPositive();
    }
}
