// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What takes a loop long is done a slice at a time, and nobody waits for more than a round of them. */
class LongWorkTest {
    private final Server server = Server.silent(TransportSettings.defaults().withIoThreads(1));
    private final IoLoop loop = server.listeners.loops().get(0);
    private final AtomicBoolean isOver = new AtomicBoolean();

    @AfterEach
    void stop() {
        isOver.set(true);
        server.close();
    }

    /** Takes 0.1 ms, again and again, until the test is over. */
    private boolean endless() {
        long end = System.nanoTime() + 100_000;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        return isOver.get();
    }

    private void gradually(Object owner, java.util.function.BooleanSupplier slice) {
        loop.execute(() -> loop.gradually(owner, slice));
    }

    @Test
    void workIsDoneSliceBySliceUntilItIsOver() {
        AtomicInteger slices = new AtomicInteger();
        gradually("a", () -> slices.incrementAndGet() == 10_000);

        await().until(() -> slices.get() == 10_000);
        CountDownLatch again = new CountDownLatch(1);
        gradually("a", () -> {
            again.countDown();
            return true;
        });

        assertThat(again).satisfies(latch -> latch.await(10, TimeUnit.SECONDS));
        assertThat(slices).hasValue(10_000);
    }

    @Test
    void ownersTakeTurnsHoweverMuchEachHas() {
        for (int i = 0; i < 1_000; i++) {
            gradually("greedy", this::endless);
        }
        CompletableFuture<Void> modest = new CompletableFuture<>();
        AtomicInteger slices = new AtomicInteger();
        gradually("modest", () -> {
            if (slices.incrementAndGet() == 100) {
                modest.complete(null);
            }
            return slices.get() == 100;
        });

        assertThat(modest).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void workOfOneOwnerIsDoneInItsOrder() {
        List<Integer> order = new ArrayList<>();
        CompletableFuture<List<Integer>> done = new CompletableFuture<>();
        gradually("other", this::endless);
        loop.execute(() -> {
            for (int i = 0; i < 3; i++) {
                int number = i;
                AtomicInteger left = new AtomicInteger(3);
                loop.gradually("a", () -> {
                    order.add(number);
                    if (order.size() == 9) {
                        done.complete(order);
                    }
                    return left.decrementAndGet() == 0;
                });
            }
        });

        assertThat(done).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(List.of(0, 0, 0, 1, 1, 1, 2, 2, 2));
    }

    @Test
    void socketsTasksAndTimersAreServedBetweenTheRounds() throws Exception {
        try (Server echoing = Server.echoing();
                RawSocketClient client = new RawSocketClient(echoing.tcp())) {
            echoing.next();
            AtomicInteger timer = new AtomicInteger();
            for (IoLoop each : echoing.listeners.loops()) {
                each.execute(() -> each.gradually("endless", this::endless));
                each.every(Duration.ofMillis(5), timer::incrementAndGet);
            }

            for (int i = 0; i < 100; i++) {
                client.send("still here");
                assertThat(client.read(10)).asString(US_ASCII).isEqualTo("still here");
            }

            for (IoLoop each : echoing.listeners.loops()) {
                assertThat(each.answer()).succeedsWithin(Duration.ofSeconds(10));
            }
            await().until(() -> timer.get() > 10);
        }
    }

    @Test
    void aSliceThatThrowsIsTheLastOfItsWorkAndOfNoOther() {
        CompletableFuture<Void> next = new CompletableFuture<>();
        AtomicInteger failed = new AtomicInteger();
        gradually("a", () -> {
            failed.incrementAndGet();
            throw new IllegalStateException("planted");
        });
        gradually("a", () -> next.complete(null));

        assertThat(next).succeedsWithin(Duration.ofSeconds(10));
        assertThat(failed).hasValue(1);
    }

    @Test
    void aSliceMayBeginMoreForItsOwnOwner() {
        CompletableFuture<Void> inner = new CompletableFuture<>();
        AtomicInteger outer = new AtomicInteger();
        gradually("a", () -> {
            if (outer.incrementAndGet() == 1) {
                loop.gradually("a", () -> inner.complete(null));
            }
            return outer.get() == 3;
        });

        assertThat(inner).succeedsWithin(Duration.ofSeconds(10));
        assertThat(outer).hasValue(3);
    }

    @Test
    void aLoopThatHasDoneLongWorkEndsAsFastAsAnyOther() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        gradually("a", () -> done.complete(null));
        assertThat(done).succeedsWithin(Duration.ofSeconds(10));
        gradually("b", this::endless);

        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);

        assertThat(closed).as("XNIO waits 5 s for sockets that are open").succeedsWithin(Duration.ofSeconds(4));
    }
}
