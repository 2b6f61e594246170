// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.WireListener;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hundreds of strangers whose sockets are ready at the same time: what has been read goes on its way before all of them are read. */
class ReadyTogetherTest {
    private static final int CONNECTIONS = 200;
    /** In 5 ms, the one with which they end, and a round of long work. */
    private static final int MOST_IN_A_TURN = 10;

    private static final long EACH_TAKES_NANOS = 1_000_000;

    private final Server server = Server.silent(TransportSettings.defaults().withIoThreads(1));
    private final IoLoop loop = server.listeners.loops().get(0);
    private final List<RawSocketClient> clients = new ArrayList<>();
    private final CountDownLatch held = new CountDownLatch(1);
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger read = new AtomicInteger();
    /** How many had been read, each time that a turn was over. */
    private final List<Integer> readAtTurnEnds = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        held.countDown();
        for (RawSocketClient client : clients) {
            client.close();
        }
        server.close();
    }

    /** Each packet takes a millisecond, on a machine that has nothing else to do. */
    private final class Slow implements WireListener {
        @Override
        public void received(byte[] buffer, int offset, int length) {
            long end = System.nanoTime() + EACH_TAKES_NANOS;
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            read.addAndGet(length);
            loop.atTurnEnd(() -> readAtTurnEnds.add(read.get()));
        }

        @Override
        public void drained() {}

        @Override
        public void closed(CloseCause cause) {}

        @Override
        public void tick() {}
    }

    private void hold() {
        CountDownLatch isHeld = new CountDownLatch(1);
        loop.execute(() -> {
            isHeld.countDown();
            try {
                assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(isHeld).satisfies(latch -> latch.await(10, TimeUnit.SECONDS));
    }

    @Test
    void strangersAreReadSomeAtATime() throws Exception {
        InetSocketAddress address = server.listeners.tcp(Server.loopback(), ListenerOptions.PLAIN, wire -> {
            accepted.incrementAndGet();
            return new Slow();
        });
        for (int i = 0; i < CONNECTIONS; i++) {
            clients.add(new RawSocketClient(address));
        }
        await().until(() -> accepted.get() == CONNECTIONS);
        hold();
        for (RawSocketClient client : clients) {
            client.send("x");
        }

        held.countDown();

        await().until(() -> read.get() == CONNECTIONS);
        assertThat(loop.answer()).succeedsWithin(Duration.ofSeconds(10));
        int before = 0;
        for (int now : readAtTurnEnds) {
            assertThat(now - before).as("read in one turn").isLessThanOrEqualTo(MOST_IN_A_TURN);
            before = now;
        }
        assertThat(before).as("each once").isEqualTo(CONNECTIONS);
    }
}
