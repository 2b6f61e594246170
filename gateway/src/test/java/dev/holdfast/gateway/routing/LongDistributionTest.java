// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.harness.TestThread;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.memory.MemoryLogStore;
import dev.holdfast.store.memory.MemoryRetainedStore;
import dev.holdfast.store.memory.MemorySessionStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages that take long to distribute: by slices, each of which is short, and so many at the most. */
@Tag("unit")
final class LongDistributionTest {
    private static final int MOST_WAITING = 65_536;
    private static final int AUDIENCE = 600;
    /** Of sessions that one slice may serve. */
    private static final int AT_ONCE = 64;

    private final TestThread thread = TestThread.keepingSlices();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Routes routes = new Routes(SharedStrategy.ROUND_ROBIN, Neighbours.NONE, HeldMemory.UNCOUNTED, 0);
    private final Router router = router();
    private long number;

    private Router router() {
        Metrics metrics = new Metrics(registry);
        RetainedMessages retained = new RetainedMessages(
                new MemoryRetainedStore(InstantSource.system(), new RetainedLimits(10, 1_000)),
                0,
                null,
                List.of(thread),
                Neighbours.NONE,
                metrics,
                HeldMemory.UNCOUNTED);
        MemoryLogStore logs = new MemoryLogStore(
                InstantSource.system(), new LogLimits(10, 10_000, Duration.ofDays(1)), HeldMemory.UNCOUNTED);
        return new Router(
                routes,
                new MemorySessionStore(InstantSource.system()),
                retained,
                new LogAppends(
                        logs,
                        new Logs(logs, routes, Duration.ofDays(1), HeldMemory.UNCOUNTED, 1),
                        routes,
                        List.of(thread),
                        Neighbours.NONE,
                        metrics),
                List.of(thread),
                true,
                Neighbours.NONE,
                metrics,
                null);
    }

    private void subscribe(String client, String filter) {
        routes.learn(new SessionSlot(client, true, 1), new Subscription(filter, 1, false, false, 0, 0));
    }

    private CompletableFuture<Published> publish(String topic) {
        Message message = Message.of(new MessageId(1, ++number), topic, new byte[1], 1, false, 0);
        return router.publish(thread, message, null, false, Debtor.NOBODY);
    }

    @Test
    void oneMoreThanMayWaitIsRefusedAndTakenWhenAnotherIsDone() {
        for (int i = 0; i < AUDIENCE; i++) {
            subscribe("c" + i, "#");
        }
        CompletableFuture<Published> first = publish("first");
        for (int i = 1; i < MOST_WAITING; i++) {
            assertThat(publish("t").isDone()).isFalse();
        }

        CompletableFuture<Published> refused = publish("t");

        assertThatThrownBy(refused::join).hasCauseInstanceOf(BusyException.class);
        thread.untilDone(first);
        assertThat(publish("t").isCompletedExceptionally()).isFalse();
        assertThat(publish("t").isCompletedExceptionally()).isTrue();
    }

    @Test
    void aLargeAudienceIsServedSomeSessionsAtATime() {
        for (int i = 0; i < AUDIENCE; i++) {
            subscribe("c" + i, "#");
        }

        CompletableFuture<Published> published = publish("t");

        assertThat(thread.untilDone(published)).isGreaterThan(AUDIENCE / AT_ONCE);
        assertThat(published.join()).isEqualTo(Published.REACHED);
    }

    /** Where it is not, messages that have come in one read are acknowledged one by one, and their publisher sends the next so. */
    @Test
    void theLargestAudienceThatIsServedAtOnceIsAlsoFoundAtOnce() {
        int served = Audience.LARGE / 2; // with a queue counts twice
        for (int i = 0; i < served; i++) {
            subscribe("c" + i, "#");
        }

        CompletableFuture<Published> published = publish("t");

        assertThat(thread.untilDone(published)).isZero();
        assertThat(published.join()).isEqualTo(Published.REACHED);
    }

    /** Twelve levels in which each is a name or a wildcard, and one that the topic does not have: 4,096 branches to follow. */
    @Test
    void aCostlySearchIsDoneSomeStepsAtATime() {
        for (int bits = 0; bits < 1 << 12; bits++) {
            StringBuilder filter = new StringBuilder();
            for (int level = 0; level < 12; level++) {
                filter.append((bits >> level & 1) == 0 ? "a/" : "+/");
            }
            subscribe("c", filter + "zz");
        }

        CompletableFuture<Published> published = publish("a/".repeat(12) + "none");

        assertThat(thread.untilDone(published)).isGreaterThan(4);
        assertThat(published.join()).isEqualTo(Published.NO_SUBSCRIBERS);
    }
}
