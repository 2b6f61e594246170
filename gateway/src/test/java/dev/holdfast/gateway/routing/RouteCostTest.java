// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.harness.NarrowFilters;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionServices;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.Lifecycle;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.memory.MemoryLogStore;
import dev.holdfast.store.memory.MemorySessionStore;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a kept session of another gateway takes of the heap, and what is charged for it. */
@Tag("unit")
final class RouteCostTest {
    private static final int MANY = 60_000;

    private final AtomicLong charged = new AtomicLong();
    private final HeldMemory account = new HeldMemory() {
        @Override
        public void add(Kind kind, long bytes) {
            charged.addAndGet(bytes);
        }

        @Override
        public boolean hasRoom(Kind kind, long bytes) {
            return true;
        }

        @Override
        public long mostOfOne(Kind kind) {
            return Long.MAX_VALUE;
        }

        @Override
        public void refused(Kind kind) {}
    };
    private final Sessions sessions = new Sessions(new SessionServices(
            new MemorySessionStore(InstantSource.system()),
            new QueueLimits(100, 100_000, DropPolicy.DROP_OLDEST),
            true,
            new Logs(
                    new MemoryLogStore(
                            InstantSource.system(),
                            new LogLimits(10, 10_000, Duration.ofDays(1)),
                            HeldMemory.UNCOUNTED),
                    new NarrowFilters(),
                    Duration.ofDays(1),
                    HeldMemory.UNCOUNTED,
                    1),
            new Metrics(new SimpleMeterRegistry()),
            Neighbours.NONE,
            account,
            Lifecycle.UNHEARD));
    private final Routes routes = new Routes(SharedStrategy.ROUND_ROBIN, Neighbours.NONE, account, 0);

    /** Bytes of the heap for each session; the filters are made for it. */
    private long learned(int filters, IntFunction<String> filterOf) {
        long before = liveHeap();
        for (int i = 0; i < MANY / filters; i++) {
            SessionSlot slot = Objects.requireNonNull(sessions.remember("client-" + i, 1));
            for (int n = 0; n < filters; n++) {
                routes.learn(slot, new Subscription(filterOf.apply(i * filters + n), 1, false, false, 0, 0));
            }
        }
        return (liveHeap() - before) / (MANY / filters);
    }

    private long chargedEach(int filters) {
        return charged.get() / (MANY / filters);
    }

    @Test
    void aKeptSessionWithAFilterOfItsOwnTakesAtMostTwoHundredBytesAndThatIsCharged() {
        long kept = learned(1, i -> "site/" + i % 1_000 + "/device/" + i + "/+");

        assertThat(kept).isLessThanOrEqualTo(200);
        assertThat(chargedEach(1)).isBetween(kept, 2 * kept);
    }

    @Test
    void whatASessionWithManyFiltersTakesIsCharged() {
        long kept = learned(100, i -> "site/" + i % 1_000 + "/device/" + i + "/+");

        assertThat(chargedEach(100)).isBetween(kept, 2 * kept);
    }

    @Test
    void whatASubscriberOfAWideFilterTakesIsCharged() {
        long kept = learned(1, i -> "news/" + i % 100);

        assertThat(chargedEach(1)).isBetween(kept, 2 * kept);
    }

    private static long liveHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
