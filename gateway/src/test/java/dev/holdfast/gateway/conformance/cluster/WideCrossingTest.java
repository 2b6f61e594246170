// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Messages are published all the time while one subscription after the other is made with a filter, the third makes it wide, and the
 * gateway of those who subscribe is killed, or they go elsewhere, at some point of that.
 */
final class WideCrossingTest {
    private static final String NEWS = "news/#";
    private static final int WIDE_FROM = 3;
    private static final int READERS = 6;

    private Cluster cluster;
    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() {
        cluster = Cluster.start("session.wide-filter-from=" + WIDE_FROM, "session.max-queue-messages=1000000");
        a = cluster.gateway();
        b = cluster.gateway();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** One client that publishes numbers, each when the one before is acknowledged. */
    private static final class Traffic {
        private final RawClient publisher;
        private final CompletableFuture<Integer> end;
        private volatile int begun;
        private volatile boolean isEnding;

        Traffic(RawClient publisher) {
            this.publisher = publisher;
            this.end = CompletableFuture.supplyAsync(this::publish);
        }

        private int publish() {
            while (!isEnding) {
                int next = begun + 1;
                begun = next;
                publisher.published(
                        Publish.publish("news/today", Integer.toString(next)).qos(1 + next % 2), 1 + next % 60_000);
            }
            return begun;
        }

        /** The highest number whose PUBLISH may have been on its way before this call. */
        int begun() {
            return begun;
        }

        void await(int number) {
            Awaitility.await().until(() -> begun > number || end.isDone());
        }

        /** Ends it; answers the last number, which is acknowledged. */
        int end() {
            isEnding = true;
            return end.join();
        }
    }

    /** What befalls those who subscribe. */
    enum Blow {
        KILL,
        MOVE
    }

    @ParameterizedTest(name = "{1} when {0} of 6 subscriptions are made")
    @CsvSource({"1,KILL", "2,KILL", "3,KILL", "6,KILL", "2,MOVE", "4,MOVE"})
    void whoHasASubscriptionGetsWhatFollowsInOrderThoughTheFilterBecomesWide(int made, Blow blow) {
        Traffic traffic = new Traffic(cluster.connect(a, Connect.connect("publisher")));
        int[] from = new int[READERS];
        for (int i = 0; i < READERS; i++) {
            RawClient reader = cluster.connect(b, Connect.kept("r" + i));
            reader.send(Subscribe.subscribe(NEWS, 1));
            if (i < made) {
                awaitSuback(reader);
                from[i] = traffic.begun() + 1;
            }
        }
        if (blow == Blow.KILL) {
            b.kill();
        }

        List<RawClient> back = new ArrayList<>();
        List<List<Integer>> got = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            RawClient elsewhere = cluster.connect(a, Connect.kept("r" + i));
            assertThat(elsewhere.connack().isSessionPresent()).isTrue();
            back.add(elsewhere);
            got.add(new ArrayList<>());
            if (i >= made) {
                elsewhere.send(Subscribe.subscribe(NEWS, 1));
                takeUntil(PacketType.SUBACK, elsewhere, got.get(i));
                from[i] = traffic.begun() + 1;
            }
        }
        traffic.await(traffic.begun() + 50);
        int last = traffic.end();

        for (int i = 0; i < READERS; i++) {
            while (got.get(i).isEmpty() || got.get(i).get(got.get(i).size() - 1) < last) {
                take(back.get(i).expect(PacketType.PUBLISH), back.get(i), got.get(i));
            }
            back.get(i).expectAlive();
            int behindSuback = from[i];
            assertThat(got.get(i))
                    .as("what came to r%d, once each", i)
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(got.get(i).stream().filter(number -> number >= behindSuback))
                    .as("what was published when r%d had its SUBACK", i)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(behindSuback, last).boxed().toList());
        }
        assertThat(cluster.redis().command("XLEN", "hf:a{" + NEWS + "}").strip())
                .as("the filter has become wide")
                .isNotEqualTo("0");
    }

    /** What comes before it is not acknowledged, and so comes again. */
    private static void awaitSuback(RawClient reader) {
        while (reader.expectAny().type() != PacketType.SUBACK) {
            // a message
        }
    }

    private static void takeUntil(PacketType type, RawClient reader, List<Integer> numbers) {
        for (Packet next = reader.expectAny(); next.type() != type; next = reader.expectAny()) {
            take(next, reader, numbers);
        }
    }

    private static void take(Packet publish, RawClient reader, List<Integer> numbers) {
        reader.acknowledged(publish);
        numbers.add(Integer.parseInt(publish.text()));
    }
}
