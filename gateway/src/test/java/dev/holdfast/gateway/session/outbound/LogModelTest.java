// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InterceptedStore;
import dev.holdfast.gateway.harness.NarrowFilters;
import dev.holdfast.gateway.harness.TestThread;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.connection.ClientFacts;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.log.LogFollower;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.memory.MemoryLogStore;
import dev.holdfast.store.memory.MemorySessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SessionStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A client that reads logs, acknowledges in any order, ends subscriptions and begins others, while the store answers late and
 * gateways die with what they have not stored. The client goes by the specification; it notices when a packet identifier that it
 * still holds is given to another message, when a QoS 2 message comes twice, and when something does not come.
 */
@Tag("unit")
final class LogModelTest {
    private static final int STEPS = 3_000;
    /** Steps for which the client, the store and the publishers are as fast or as slow as they are. */
    private static final int PHASE = 150;

    private static final String STEADY = "steady";
    private static final List<String> FILTERS = List.of(STEADY, "b", "c");
    /** Others that read the same logs: more than are woken at once. */
    private static final int MOST_NEIGHBOURS = 70;

    private static final Duration DAY = Duration.ofDays(1);

    private final TestThread thread = TestThread.keepingSlices();
    private final MemorySessionStore sessions = new MemorySessionStore(InstantSource.system());
    private final MemoryLogStore logStore =
            new MemoryLogStore(InstantSource.system(), new LogLimits(100_000, 1 << 30, DAY), HeldMemory.UNCOUNTED);
    private final Metrics metrics = new Metrics(new SimpleMeterRegistry());
    private final Queue<InterceptedStore.Call> unanswered = new ArrayDeque<>();
    private final Queue<CompletableFuture<Object>> answers = new ArrayDeque<>();
    private final SessionStore lateStore = InterceptedStore.of(SessionStore.class, sessions, this::late);
    private boolean isLogAway;
    private final LogStore farLogs = InterceptedStore.of(
            LogStore.class,
            logStore,
            call -> isLogAway && call.operation().equals("keep")
                    ? CompletableFuture.failedFuture(new IllegalStateException("away"))
                    : call.proceed());

    private final Client client = new Client();
    /** What has been published to the filter that the client keeps, by number. */
    private final List<Long> published = new ArrayList<>();

    private int receiveMaximum = 20;
    private @Nullable Predicate<String> mayReceive;
    private boolean isPublished;
    private int neighbours;
    private int publishing;
    private int acknowledging;
    private int answering;
    private long number;
    private Logs logs;
    private Outbound outbound;

    static IntStream seeds() {
        return IntStream.range(0, 25);
    }

    private @Nullable Object late(InterceptedStore.Call call) throws Throwable {
        if (!call.operation().equals("keepCursors")) {
            return call.proceed();
        }
        CompletableFuture<Object> answer = new CompletableFuture<>();
        unanswered.add(call);
        answers.add(answer);
        return answer;
    }

    private void answerOne() throws Throwable {
        InterceptedStore.Call call = unanswered.poll();
        if (call != null) {
            CompletionStage<?> done = (CompletionStage<?>) call.proceed();
            CompletableFuture<Object> answer = answers.remove();
            Objects.requireNonNull(done).whenComplete((value, failure) -> thread.execute(() -> answer.complete(value)));
        }
    }

    private void answerAll() throws Throwable {
        while (!unanswered.isEmpty()) {
            answerOne();
        }
    }

    /** The gateway dies with what the store has not done, and another one takes the session up. */
    private void crash(Random random) throws Throwable {
        for (int done = random.nextInt(unanswered.size() + 1); done > 0; done--) {
            unanswered.remove().proceed();
            answers.remove();
        }
        unanswered.clear();
        answers.clear();
        connect();
    }

    @BeforeEach
    void connect() {
        client.lines++;
        client.toSend.clear();
        client.inUse.clear();
        AttachRequest request =
                new AttachRequest("c", "", "g", false, DAY, null, new QueueLimits(10, 10_000, DropPolicy.DROP_OLDEST));
        Attached attached = sessions.attach(request).toCompletableFuture().join();
        logs = new Logs(farLogs, new NarrowFilters(), DAY, HeldMemory.UNCOUNTED, 1);
        for (String filter : FILTERS) {
            for (int i = 0; i < neighbours; i++) {
                logs.tail(thread, filter, new Neighbour());
            }
        }
        OutboundServices services = new OutboundServices(
                lateStore,
                new QueueLimits(10, 10_000, DropPolicy.DROP_OLDEST),
                true,
                logs,
                false,
                metrics,
                HeldMemory.UNCOUNTED);
        outbound = new Outbound(services, new NoPlace(), attached, thread, client.line(), receiveMaximum, failure -> {
            throw new AssertionError(failure);
        });
        outbound.mayReceive(mayReceive);
        outbound.resumeLogs(attached.cursors(), DAY);
    }

    private void publish(String filter, int qos, boolean isTold) {
        long its = ++number;
        Message message = Message.of(
                new MessageId(1, its),
                filter,
                ByteBuffer.allocate(8).putLong(its).array(),
                qos,
                false,
                its);
        Appended appended = logStore.append(filter, message, null, false)
                .toCompletableFuture()
                .join();
        if (filter.equals(STEADY)) {
            published.add(its);
        }
        if (isTold) {
            logs.appended(filter, new LogEntry(appended.index(), message, null), List.of(thread));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noIdentifierIsGivenTwiceNothingIsLostAndNothingAtQos2ComesTwice(int seed) throws Throwable {
        Random random = new Random(seed);
        receiveMaximum = seed % 2 == 0 ? 400 : 20 + random.nextInt(100);
        client.receiveMaximum = receiveMaximum;
        neighbours = seed % 3 == 0 ? 0 : random.nextInt(MOST_NEIGHBOURS);
        for (String filter : FILTERS) {
            logStore.keep(filter, DAY);
        }
        connect();
        outbound.logs().begin(List.of(Subscription.of(STEADY, 2)), DAY);
        answerAll();
        for (int step = 0; step < STEPS; step++) {
            if (step % PHASE == 0) {
                publishing = 20 + random.nextInt(500);
                acknowledging = 20 + random.nextInt(500);
                answering = random.nextInt(3) == 0 ? 100 : 3;
            }
            step(random);
        }
        for (int round = 0; round < 20_000 && !client.hasAll(published); round++) {
            logs.look(thread);
            outbound.tick();
            thread.slice();
            answerAll();
            client.acknowledgeOne(random, outbound);
        }

        assertThat(client.problems).as("seed %d", seed).isEmpty();
        assertThat(client.firsts).as("seed %d", seed).containsExactlyElementsOf(published);
    }

    /** Begins to read the steady filter beside many others. */
    private void read(int itsReceiveMaximum) throws Throwable {
        receiveMaximum = itsReceiveMaximum;
        client.receiveMaximum = itsReceiveMaximum;
        neighbours = MOST_NEIGHBOURS;
        logStore.keep(STEADY, DAY);
        connect();
        outbound.logs().begin(List.of(Subscription.of(STEADY, 1)), DAY);
        answerAll();
    }

    private void wakeAll() {
        while (thread.slice()) {
            // the slice does the work
        }
    }

    @Test
    void whoHasRoomIsGivenWhatHasComeMeanwhileInItsTurn() throws Throwable {
        read(400);
        publish(STEADY, 1, true);
        wakeAll();
        publish(STEADY, 1, true);
        client.acknowledgeOne(new Random(0), outbound);
        publish(STEADY, 1, true);

        assertThat(client.firsts).as("before its turn").hasSize(1);
        wakeAll();
        assertThat(client.firsts).as("in its turn").hasSize(3);
    }

    @Test
    void whoHadNoRoomGoesOnWithItsAcknowledgement() throws Throwable {
        read(2);
        for (int i = 0; i < 5; i++) {
            publish(STEADY, 1, true);
        }
        wakeAll();
        publish(STEADY, 1, true);

        assertThat(client.firsts).hasSize(2);
        client.acknowledgeOne(new Random(0), outbound);
        assertThat(client.firsts).as("though its turn has not come").hasSize(3);
    }

    /** The steady subscription, of whose options one changes now and then. */
    private Subscription steady() {
        return new Subscription(STEADY, 2, false, isPublished, 0, 0);
    }

    @Test
    void aSubscriptionThatReadsItsLogDoesNotTurnToTheQueueWhileTheLogIsAway() throws Throwable {
        read(400);
        isLogAway = true;

        assertThat(outbound.logs().begin(List.of(Subscription.of(STEADY, 1)), DAY))
                .as("the same again")
                .isCompletedWithValue(true);
        assertThat(outbound.logs().begin(List.of(steady()), DAY)).isCompletedExceptionally();
        assertThat(outbound.logs().begin(List.of(Subscription.of("b", 1)), DAY))
                .as("another one")
                .isCompletedWithValue(false);
    }

    @Test
    void aSubscriptionWhoseReplacementTheStoreDidNotAnswerGoesOn() throws Throwable {
        read(400);
        var replaced = outbound.logs().begin(List.of(steady()), DAY);
        unanswered.remove();
        answers.remove().completeExceptionally(new IllegalStateException("away"));
        assertThat(replaced).isCompletedExceptionally();

        outbound.logs().settle();
        answerAll();
        connect();

        assertThat(outbound.logs().subscription(STEADY)).isEqualTo(steady());
    }

    @Test
    void anExchangeWhoseMessageTheClientMayNoLongerReceiveIsEndedByPubrel() throws Throwable {
        read(400);
        outbound.logs().begin(List.of(steady()), DAY);
        answerAll();
        publish(STEADY, 2, true);
        wakeAll();
        assertThat(client.unreleased).hasSize(1);
        outbound.logs().settle();
        answerAll();

        mayReceive = topic -> false;
        connect();
        wakeAll();

        assertThat(client.unreleased).isEmpty();
    }

    private void step(Random random) throws Throwable {
        if (random.nextInt(3) == 0) {
            thread.slice();
        }
        int die = random.nextInt(publishing + acknowledging + answering + 50);
        if (die < publishing) {
            String filter = FILTERS.get(random.nextInt(FILTERS.size()));
            publish(filter, 1 + random.nextInt(2), random.nextInt(10) > 0);
        } else if (die < publishing + acknowledging) {
            client.acknowledgeOne(random, outbound);
        } else if (die < publishing + acknowledging + answering) {
            answerOne();
        } else if (die < publishing + acknowledging + answering + 20) {
            logs.look(thread);
            outbound.tick();
        } else if (die < publishing + acknowledging + answering + 23) {
            isPublished = !isPublished;
            outbound.logs().begin(List.of(steady()), DAY);
        } else if (die < publishing + acknowledging + answering + 46) {
            String filter = FILTERS.get(1 + random.nextInt(FILTERS.size() - 1));
            if (outbound.logs().subscription(filter) == null) {
                outbound.logs().begin(List.of(Subscription.of(filter, 1 + random.nextInt(2))), DAY);
            } else {
                outbound.logs().end(List.of(filter));
            }
        } else {
            crash(random);
        }
    }

    /** Another session, which has nothing to say. */
    private static final class Neighbour extends LogFollower {
        @Override
        protected void wake() {}
    }

    /** The place of a session whose queue stays empty. */
    private static final class NoPlace implements SessionPlace {
        @Override
        public boolean isAway() {
            return false;
        }

        @Override
        public boolean isQueuing() {
            return false;
        }

        @Override
        public void queuing() {}

        @Override
        public void queuedQos0(Enqueued stored, EnqueueTarget target, Message message, @Nullable SharedOrigin origin) {}

        @Override
        public void notQueuedHere() {}
    }

    /** Goes by the specification, over all its connections. */
    private static final class Client {
        private final List<String> problems = new ArrayList<>();
        /** QoS 2 messages that have come and have not been released, by packet identifier. */
        private final Map<Integer, Long> unreleased = new HashMap<>();
        /** Of this connection. */
        private final Set<Integer> inUse = new HashSet<>();

        private final List<Runnable> toSend = new ArrayList<>();
        private final Set<Long> onceOnly = new HashSet<>();
        private final Set<Long> seen = new HashSet<>();
        /** The steady filter's messages in the order in which each came first. */
        private final List<Long> firsts = new ArrayList<>();

        private int receiveMaximum;
        private int lines;
        private @Nullable Outbound to;

        boolean hasAll(List<Long> all) {
            return firsts.size() == all.size() && inUse.isEmpty();
        }

        void acknowledgeOne(Random random, Outbound outbound) {
            to = outbound;
            if (!toSend.isEmpty()) {
                toSend.remove(random.nextInt(toSend.size())).run();
            }
        }

        private Outbound gateway() {
            if (to == null) {
                throw new AssertionError("nobody to send to");
            }
            return to;
        }

        private void publish(Message message, int id, int qos, boolean dup) {
            long its =
                    ByteBuffer.wrap(message.body(), message.payloadOffset(), 8).getLong();
            if (id <= LogCursor.QUEUE_IDENTIFIERS || id > 65_535) {
                problems.add(its + " has identifier " + id);
            }
            if (!inUse.add(id)) {
                problems.add(its + " has identifier " + id + ", which is under way");
            }
            if (inUse.size() > receiveMaximum) {
                problems.add("more than Receive Maximum");
            }
            Long held = unreleased.get(id);
            if (held != null && (qos != 2 || held != its)) {
                problems.add(its + " has identifier " + id + ", under which " + held + " is held");
            }
            if (held == null || qos != 2) {
                deliver(message, its, qos, dup);
            }
            if (qos == 2) {
                unreleased.put(id, its);
                toSend.add(() -> expect(gateway().pubrec(id), id));
            } else {
                toSend.add(() -> {
                    inUse.remove(id);
                    expect(gateway().puback(id), id);
                });
            }
        }

        private void deliver(Message message, long its, int qos, boolean dup) {
            if (!seen.add(its) && !dup) {
                problems.add(its + " comes again without DUP");
            }
            if (qos == 2 && !onceOnly.add(its)) {
                problems.add(its + " comes twice at QoS 2");
            }
            if (message.topic().equals(STEADY) && !firsts.contains(its)) {
                firsts.add(its);
            }
        }

        private void pubrel(int id) {
            unreleased.remove(id);
            inUse.add(id);
            toSend.add(() -> {
                inUse.remove(id);
                expect(gateway().pubcomp(id), id);
            });
        }

        private void expect(Acknowledgement answer, int id) {
            if (answer != Acknowledgement.TAKEN) {
                problems.add("an acknowledgement of " + id + " was " + answer);
            }
        }

        Outlet line() {
            int line = lines;
            return new Outlet() {
                @Override
                public boolean hasRoom() {
                    return line == lines;
                }

                @Override
                public boolean hasRoomFor(Message message) {
                    return line == lines;
                }

                @Override
                public boolean publish(
                        Message message, int packetId, int qos, boolean retain, boolean dup, int[] identifiers) {
                    Client.this.publish(message, packetId, qos, dup);
                    return true;
                }

                @Override
                public void pubrel(int packetId) {
                    Client.this.pubrel(packetId);
                }

                @Override
                public void dropped(@Nullable Message message, Dropped cause) {
                    problems.add("dropped: " + cause);
                }

                @Override
                public void retrace() {}

                @Override
                public void takenOver() {}

                @Override
                public void kicked() {}

                @Override
                public void disconnected() {}

                @Override
                public void keepFor(Duration expiry) {}

                @Override
                public ClientFacts facts() {
                    throw new AssertionError("nobody asks");
                }

                @Override
                public void shutDown() {}

                @Override
                public void moved() {}

                @Override
                public void sessionLost() {}

                @Override
                public void storeFailed() {}
            };
        }
    }
}
