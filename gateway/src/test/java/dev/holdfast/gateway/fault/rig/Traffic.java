// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.rig.RoamingClient.Dialect;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The clients of a run: publishers at QoS 1 and 2, subscribers that keep their sessions and move about, lives with
 * wills, and a keeper of retained messages with a reader; in versions 3.1.1 and 5, over TCP and WebSocket.
 */
final class Traffic implements AutoCloseable {
    private static final Dialect V3 = new Dialect(Version.V3_1_1, false);
    private static final Dialect V5 = new Dialect(Version.V5, false);
    private static final Dialect V3_WEB = new Dialect(Version.V3_1_1, true);
    private static final Dialect V5_WEB = new Dialect(Version.V5, true);
    private static final int RETAINED_TOPICS = 4;
    private static final int RETAINED_PER_SECOND = 8;
    /** What is owed at the end has so long to come: wills of gateways that were killed last. */
    private static final Duration LATE = Duration.ofSeconds(30);

    private final Rig rig;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Subscriber> subscribers;
    /** A member of a shared subscription that stays, and others that do not. */
    private final Subscriber member;

    private final Members members;
    private final List<Publisher> publishers;
    private final List<Mourner> mourners;
    private final List<Successor> successors;
    private final Publisher keeper;
    private final RetainedReader reader;
    private final RetainedWatcher dashboard;
    private final List<CompletableFuture<?>> publishing = new ArrayList<>();
    private final List<CompletableFuture<?>> receiving = new ArrayList<>();
    private final List<CompletableFuture<?>> rest = new ArrayList<>();

    private Traffic(Rig rig, long seed) {
        this.rig = rig;
        subscribers = List.of(
                new Subscriber("s1", V5, List.of("rig/#", "will/#"), rig, seed),
                new Subscriber("s2", V3_WEB, List.of("rig/#"), rig, seed));
        member = new Subscriber("m", V3, List.of(Members.FILTER), rig, seed);
        members = new Members("m", V5, rig, seed);
        publishers = List.of(
                new Publisher("p1", V5_WEB, 1, rig, seed),
                new Publisher("p2", V3, 1, rig, seed),
                new Publisher("p3", V5, 2, rig, seed),
                new Publisher("p4", V3_WEB, 2, rig, seed));
        mourners = List.of(new Mourner("w1", V5, rig, seed), new Mourner("w2", V5_WEB, rig, seed));
        successors = List.of(new Successor("x1", V5, rig, seed), new Successor("x2", V5_WEB, rig, seed));
        keeper = Publisher.keeper("k", V5, RETAINED_TOPICS, rig, seed);
        reader = new RetainedReader("r", V3, RETAINED_TOPICS, rig, seed);
        dashboard = new RetainedWatcher("d", V5, rig, seed);
    }

    /** Subscribes, then publishes so many messages from each publisher, or as many as there is time for. */
    static Traffic start(Rig rig, long seed, int messagesEach, int perSecond) {
        Traffic traffic = new Traffic(rig, seed);
        traffic.subscribers.forEach(Subscriber::subscribe);
        traffic.subscribers.forEach(each -> traffic.begin(traffic.receiving, each::receive));
        traffic.member.subscribe();
        traffic.begin(traffic.receiving, traffic.member::receive);
        traffic.begin(traffic.rest, traffic.members);
        traffic.mourners.forEach(each -> traffic.begin(traffic.rest, each));
        traffic.successors.forEach(each -> traffic.begin(traffic.rest, each));
        traffic.publishers.forEach(
                each -> traffic.begin(traffic.publishing, () -> each.publish(messagesEach, perSecond)));
        traffic.begin(traffic.rest, () -> traffic.keeper.publish(Integer.MAX_VALUE, RETAINED_PER_SECOND));
        traffic.begin(traffic.rest, traffic.reader);
        traffic.begin(traffic.rest, traffic.dashboard);
        return traffic;
    }

    private void begin(List<CompletableFuture<?>> group, Runnable task) {
        group.add(CompletableFuture.runAsync(task, threads));
    }

    /** Has the subscribers go to another gateway. */
    void move() {
        subscribers.forEach(Subscriber::moveSoon);
        member.moveSoon();
    }

    /** How many messages have been acknowledged. */
    int acked() {
        return publishers.stream().mapToInt(Publisher::acked).sum();
    }

    /** Has the publishers begin nothing more. */
    void stopPublishing() {
        publishers.forEach(Publisher::end);
    }

    /** Waits until the publishers have ended, or the time is up, and then until everything has come that is owed. */
    void finish(Duration atMost) throws InterruptedException {
        try {
            CompletableFuture.allOf(publishing.toArray(new CompletableFuture<?>[0]))
                    .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            // The history says what is missing.
        } catch (ExecutionException e) {
            throw new AssertionError("a publisher has failed", e.getCause());
        }
        members.end();
        mourners.forEach(Mourner::end);
        successors.forEach(Successor::end);
        keeper.end();
        reader.end();
        dashboard.end();
        awaitEnd(rest);
        long until = System.nanoTime() + LATE.toNanos();
        while (rig.history().isOwedSomething() && System.nanoTime() < until) {
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }

    /** Ends all sessions, so that nothing is to be left of them. */
    void giveUp() throws InterruptedException {
        subscribers.forEach(Subscriber::end);
        member.end();
        awaitEnd(receiving);
        keeper.clear(RETAINED_TOPICS);
        subscribers.forEach(RoamingClient::giveUp);
        member.giveUp();
        publishers.forEach(RoamingClient::giveUp);
        keeper.giveUp();
    }

    private static void awaitEnd(List<CompletableFuture<?>> clients) throws InterruptedException {
        try {
            CompletableFuture.allOf(clients.toArray(new CompletableFuture<?>[0]))
                    .get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a client has failed", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a client does not end", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        rig.history().add(Event.TheEnd::new);
    }
}
