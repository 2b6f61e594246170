// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.listen.SocketListeners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop as everybody else uses it. */
class IoLoopTest {

    private static final LoopLocal<AtomicInteger> COUNTER = new LoopLocal<>(loop -> new AtomicInteger());

    private final SocketListeners listeners =
            SocketListeners.start(TransportSettings.defaults().withIoThreads(2), TransportObserver.NONE);
    private final IoLoop loop = listeners.loops().get(0);

    @AfterEach
    void stop() {
        listeners.close();
    }

    @Test
    void tasksOfOneThreadRunOnTheLoopInTheirOrder() throws Exception {
        List<Integer> ran = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(100_000);

        for (int i = 0; i < 100_000; i++) {
            int number = i;
            loop.execute(() -> {
                ran.add(number);
                done.countDown();
            });
        }

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).isSorted().hasSize(100_000);
    }

    @Test
    void tasksOfManyThreadsAllRun() throws Exception {
        CountDownLatch done = new CountDownLatch(4 * 50_000);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 50_000; n++) {
                    loop.execute(done::countDown);
                }
            });
            threads.add(thread);
            thread.start();
        }

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void whatALoopIsAskedIsAnsweredWhenItComesToIt() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        loop.execute(() -> awaitQuietly(busy));
        CompletableFuture<Duration> answer = loop.answer();
        long asked = System.nanoTime();

        assertThat(listeners.loops().get(1).answer().get(10, TimeUnit.SECONDS)).isPositive();
        assertThat(answer).isNotDone();
        long released = System.nanoTime();
        busy.countDown();

        assertThat(answer.get(10, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(Duration.ofNanos(released - asked));
    }

    @Test
    void aLoopTellsHowLateItIs() throws Exception {
        BlockingQueue<Long> lags = new LinkedBlockingQueue<>();
        TransportSettings often = TransportSettings.defaults()
                .withIoThreads(1)
                .withTimes(
                        Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(100));
        try (SocketListeners watched = SocketListeners.start(often, new TransportObserver() {
            @Override
            public void lag(long millis) {
                lags.add(millis);
            }
        })) {
            assertThat(lags.poll(10, TimeUnit.SECONDS)).isNotNull();
            CountDownLatch due = new CountDownLatch(1);
            watched.loops().get(0).execute(() -> awaitLate(due));

            Awaitility.await().until(() -> {
                Long lag = lags.poll(10, TimeUnit.SECONDS);
                return lag != null && lag >= 200;
            });
        }
    }

    /** Holds the thread for 300 ms: several periods of its timer. */
    private static void awaitLate(CountDownLatch never) {
        try {
            assertThat(never.await(300, TimeUnit.MILLISECONDS)).isFalse();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aTaskThatThrowsDoesNotStopTheNext() throws Exception {
        CountDownLatch done = new CountDownLatch(1);

        loop.execute(() -> {
            throw new IllegalStateException("planted");
        });
        loop.execute(() -> {
            throw new AssertionError("planted too");
        });
        loop.execute(done::countDown);

        assertThat(done.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void onTheLoopATaskRunsLaterAndTheTurnsEndComesAfterIt() {
        List<String> order = new ArrayList<>();
        CompletableFuture<List<String>> done = new CompletableFuture<>();

        loop.execute(() -> {
            loop.atTurnEnd(() -> {
                order.add("end of the turn");
                done.complete(order);
            });
            loop.execute(() -> order.add("later"));
            order.add("now");
        });

        assertThat(done).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(List.of("now", "later", "end of the turn"));
    }

    @Test
    void aLoopThatFeedsItselfStillServesItsTimers() {
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger rounds = new AtomicInteger();
        loop.every(Duration.ofMillis(20), rounds::incrementAndGet);

        loop.execute(new Runnable() {
            @Override
            public void run() {
                if (!isOver.get()) {
                    loop.execute(this);
                }
            }
        });

        await().until(() -> rounds.get() > 3);
        isOver.set(true);
    }

    @Test
    void whatIsLocalToALoopIsOnePerLoop() {
        IoLoop other = listeners.loops().get(1);

        AtomicInteger first = onLoop(loop, () -> loop.local(COUNTER));

        assertThat(onLoop(loop, () -> loop.local(COUNTER))).isSameAs(first);
        assertThat(onLoop(other, () -> other.local(COUNTER))).isNotSameAs(first);
    }

    @Test
    void aPeriodicTaskThatThrowsIsCalledAgain() {
        AtomicInteger calls = new AtomicInteger();

        loop.every(Duration.ofMillis(5), () -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("planted");
            }
        });

        await().until(() -> calls.get() > 2);
    }

    @Test
    void theClockFollowsTheWall() {
        long before = System.currentTimeMillis();

        long now = onLoop(loop, loop::nowMillis);

        assertThat(now).isBetween(before - 50, System.currentTimeMillis() + 50);
        assertThat(onLoop(loop, loop::inLoop)).isTrue();
        assertThat(loop.inLoop()).isFalse();
    }

    private static <T> T onLoop(IoLoop loop, java.util.function.Supplier<T> action) {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.execute(() -> done.complete(action.get()));
        return done.join();
    }
}
