// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.hooks.LifecycleEvent.SessionCreated;
import dev.holdfast.gateway.hooks.LifecycleEvent.Subject;
import dev.holdfast.gateway.observe.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A listener that is slow, or throws, harms nobody but itself. */
@Tag("unit")
final class ListenerQueueTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Metrics metrics = new Metrics(registry);
    private final List<Long> heard = new CopyOnWriteArrayList<>();

    @Test
    void everythingIsToldInOrderOnAThreadOfTheListenersOwn() {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        LifecycleListener listener = event -> {
            threads.add(Thread.currentThread());
            heard.add(event.epoch());
        };
        try (ListenerQueue queue = queue(listener, 1_000)) {
            for (long i = 0; i < 1_000; i++) {
                queue.offer(event(i));
            }
        }

        assertThat(heard)
                .containsExactlyElementsOf(LongStream.range(0, 1_000).boxed().toList());
        assertThat(threads).doesNotContain(Thread.currentThread());
        assertThat(threads.stream().distinct()).hasSize(1);
    }

    @Test
    void anEventThatComesWhileTheListenerRestsWakesIt() {
        try (ListenerQueue queue = queue(event -> heard.add(event.epoch()), 16)) {
            for (long i = 0; i < 3; i++) {
                long next = i;
                queue.offer(event(next));
                await().atMost(Duration.ofMillis(900)).until(() -> heard.contains(next));
            }
        }
    }

    @Test
    void aListenerThatThrowsHearsTheNextEventAndIsCounted() {
        LifecycleListener listener = event -> {
            if (event.epoch() % 4 == 0) {
                throw new Exception("planted");
            }
            if (event.epoch() % 2 == 0) {
                throw new NoSuchMethodError("planted");
            }
            heard.add(event.epoch());
        };
        try (ListenerQueue queue = queue(listener, 100)) {
            for (long i = 0; i < 10; i++) {
                queue.offer(event(i));
            }
        }

        assertThat(heard).containsExactly(1L, 3L, 5L, 7L, 9L);
        assertThat(counted("mqtt.gateway.listener.failures")).isEqualTo(5);
    }

    @Test
    void whatAListenerIsTooSlowForIsLostForItAndCounted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        LifecycleListener listener = event -> {
            begun.countDown();
            goOn.await();
            heard.add(event.epoch());
        };
        try (ListenerQueue queue = queue(listener, 16)) {
            queue.offer(event(-1));
            begun.await();
            for (long i = 0; i < 20; i++) {
                queue.offer(event(i));
            }
            goOn.countDown();
        }

        assertThat(heard)
                .containsExactlyElementsOf(LongStream.range(-1, 16).boxed().toList());
        assertThat(counted("mqtt.gateway.listener.events.dropped")).isEqualTo(4);
    }

    @Test
    void aListenerThatNeverReturnsDoesNotHoldUpTheEnd() {
        LifecycleListener listener = event -> new CountDownLatch(1).await();
        long start = System.nanoTime();
        try (ListenerQueue queue = new ListenerQueue(listener, 16, Duration.ofMillis(100), metrics)) {
            queue.offer(event(1));
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    private ListenerQueue queue(LifecycleListener listener, int capacity) {
        return new ListenerQueue(listener, capacity, Duration.ofSeconds(10), metrics);
    }

    private double counted(String name) {
        return registry.get(name).counter().count();
    }

    private static LifecycleEvent event(long number) {
        return new SessionCreated(new Subject("c", "", "g", number, Instant.EPOCH));
    }
}
