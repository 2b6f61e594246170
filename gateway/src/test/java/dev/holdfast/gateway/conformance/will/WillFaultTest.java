// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.will;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Will;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.QueueLimits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wills are published exactly once, whoever dies. */
final class WillFaultTest {
    private static final int CLIENTS = 12;
    private static final int COMERS = 400;
    /** From the death of a gateway on. */
    private static final Duration IN_TIME = Duration.ofSeconds(10);

    private Cluster cluster;
    private GatewayProcess a;
    private GatewayProcess b;
    private RawClient kept;
    private RawClient clean;
    private final List<String> atKept = new ArrayList<>();
    private final List<String> atClean = new ArrayList<>();

    @BeforeEach
    void start() {
        cluster = Cluster.start();
        a = cluster.gateway();
        b = cluster.gateway();
        kept = cluster.connect(a, kept("watcher-kept")).subscribed("will/#", 1);
        clean = cluster.connect(b, connect("watcher-clean")).subscribed("will/#", 1);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void everyWillOfAKilledGatewayIsPublishedOnceThoughHalfOfItsClientsComeBackAtOnce() {
        GatewayProcess dying = cluster.gateway();
        Set<String> due = new HashSet<>();
        for (int i = 0; i < CLIENTS; i++) {
            cluster.connect(dying, kept("plain-" + i).will(will("plain-" + i)));
            cluster.connect(dying, kept("late-" + i).will(will("late-" + i).with(Prop.WILL_DELAY_INTERVAL, 600)));
            cluster.connect(dying, connect("clean-" + i).will(will("clean-" + i)));
            due.addAll(List.of("plain-" + i, "clean-" + i));
        }

        long killedAt = System.nanoTime();
        dying.kill();
        for (int i = 0; i < CLIENTS; i += 2) {
            GatewayProcess to = i % 4 == 0 ? a : b;
            assertThat(cluster.connect(to, kept("plain-" + i)).connack().isSessionPresent())
                    .isTrue();
            cluster.connect(to, connect("clean-" + i));
            // With a delay: the session that is resumed drops the will, the one that ends makes it due.
            boolean endsSession = i % 4 == 0;
            cluster.connect(to, kept("late-" + i).cleanStart(endsSession));
            if (endsSession) {
                due.add("late-" + i);
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> look() && atKept.size() >= due.size());

        assertThat(Duration.ofNanos(System.nanoTime() - killedAt)).isLessThan(IN_TIME);
        expectNoMore(due);
    }

    @Test
    void aGoodbyeAtOneGatewayIsFasterThanTheReturnToAnother() { // [MQTT-3.14.4-3]
        for (int i = 0; i < 30; i++) {
            String id = "goodbye-" + i;
            RawClient client = cluster.connect(
                    i % 2 == 0 ? a : b, i % 3 == 0 ? connect(id).will(will(id)) : kept(id).will(will(id)));
            RawClient next = cluster.open(i % 2 == 0 ? b : a);

            client.send(Packets.disconnect()).expectClosed();
            next.connected(i % 3 == 0 ? connect(id) : kept(id));
        }
        cluster.connect(a, kept("said").will(will("said"))).close();
        await().until(() -> look() && !atKept.isEmpty());

        expectNoMore(Set.of("said"));
    }

    @Test
    void aTakeoverAcrossGatewaysPublishesTheWillOnce() {
        Set<String> due = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            String id = "moved-" + i;
            due.add(id);
            RawClient old = cluster.connect(a, kept(id).will(will(id)));
            cluster.connect(b, kept(id));
            old.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        }
        RawClient told = cluster.connect(a, kept("told").will(will("told")));
        told.send(Packets.disconnect(Reason.DISCONNECT_WITH_WILL));
        due.add("told");
        await().until(() -> look() && atKept.size() >= due.size());

        expectNoMore(due);
    }

    @Test
    void aGatewayThatShutsDownLeavesNoWillsBehind() {
        GatewayProcess leaving = cluster.gateway();
        for (int i = 0; i < 200; i++) {
            cluster.connect(
                    leaving,
                    i % 2 == 0
                            ? kept("s-" + i).will(will("s-" + i))
                            : connect("s-" + i).will(will("s-" + i)));
        }

        assertThat(leaving.terminate()).isZero();

        cluster.connect(a, connect("after").will(will("after"))).close();
        await().until(() -> look() && !atKept.isEmpty());
        expectNoMore(Set.of("after"));
    }

    @Test
    void aGatewayThatIsToldSoPublishesItsWillsWhenItShutsDown() { // session.wills-on-shutdown
        GatewayProcess leaving = cluster.gateway("session.wills-on-shutdown=true");
        Set<String> due = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            String id = "w-" + i;
            cluster.connect(
                    leaving, i % 2 == 0 ? kept(id).will(will(id)) : connect(id).will(will(id)));
            due.add(id);
        }
        cluster.connect(leaving, connect("goodbye").will(will("goodbye"))).disconnect();

        assertThat(leaving.terminate()).isZero();

        assertThat(nothingIsDue()).isTrue(); // or others would publish them again
        await().atMost(Duration.ofSeconds(20))
                .until(() -> look() && atKept.size() >= due.size() && atClean.size() >= due.size());
        expectNoMore(due);
    }

    @Test
    void aWillWhosePublisherDiesIsPublishedByAnotherGateway() {
        // This test's own store stands for a gateway that is handed a will and then dies.
        try (RedisConnection connection =
                RedisConnection.open(RedisSettings.of(cluster.redis().addressForGateways()))) {
            RedisSessionStore dying = new RedisSessionStore(connection);
            byte[] payload = "orphan".getBytes(StandardCharsets.UTF_8);
            Message message = Message.of(new MessageId(7, 7), "will/orphan", payload, 1, false, 0);
            Will will = new Will(message, Duration.ZERO, Will.NO_EXPIRY);
            QueueLimits limits = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);
            var attached = dying.attach(new AttachRequest("c", "", "dying", false, Duration.ofHours(1), will, limits))
                    .toCompletableFuture()
                    .join();

            long handedOutAt = System.nanoTime();
            DueWill handedOut = dying.detach(attached.ref(), new DetachRequest(Duration.ofHours(1), 0, true))
                    .toCompletableFuture()
                    .join()
                    .will();

            assertThat(handedOut).isNotNull();
            await().atMost(Duration.ofSeconds(20)).until(() -> look() && !atKept.isEmpty());
            assertThat(System.nanoTime() - handedOutAt).isBetween(TimeUnit.SECONDS.toNanos(5), IN_TIME.toNanos());
        }
        expectNoMore(Set.of("orphan"));
    }

    /**
     * The long run found a will that came after its client's DISCONNECT: the client had come to a gateway in the moment
     * in which that learned that it had been taken for dead, and its session stood under the name of the dead.
     */
    @Test
    void whoComesWhileAGatewayLearnsThatItWasTakenForDeadIsNotServedUnderItsOldName() {
        try (FaultProxy wayToRedis = FaultProxy.to(cluster.redis()::port)) {
            GatewayProcess slow = cluster.gateway("store.redis.url=redis://127.0.0.1:" + wayToRedis.port());
            cluster.connect(slow, kept("before"));
            slow.pause();
            await().atMost(Duration.ofSeconds(20)).until(() -> hasTakenOffline(a) || hasTakenOffline(b));
            // What is asked under the old name is so long on its way that the bad news is faster.
            wayToRedis.delay(FaultProxy.Direction.TO_SERVER, Duration.ofMillis(200));
            slow.resume();
            List<RawClient> comers = new ArrayList<>();
            for (int i = 0; i < COMERS; i++) {
                String id = "comer-" + i;
                comers.add(cluster.open(slow).send((i % 2 == 0 ? kept(id) : connect(id)).will(will(id))));
            }
            List<Integer> answers = comers.stream()
                    .map(comer -> comer.expect(PacketType.CONNACK).reason())
                    .toList();
            wayToRedis.heal();
            await().atMost(Duration.ofSeconds(5)).until(() -> new Dashboard(slow).seesReady());

            // When the will of one that dies now has come, those of all that died before would have come too.
            GatewayProcess dying = cluster.gateway();
            cluster.connect(dying, connect("mark").will(will("mark")));
            dying.kill();
            await().atMost(Duration.ofSeconds(20)).until(() -> look() && atKept.contains("mark"));
            List<String> served = IntStream.range(0, COMERS)
                    .filter(i -> isServed(comers.get(i)))
                    .mapToObj(i -> "comer-" + i)
                    .toList();

            assertThat(answers)
                    .contains(Reason.SERVER_UNAVAILABLE)
                    .isSubsetOf(Reason.SUCCESS, Reason.SERVER_UNAVAILABLE);
            assertThat(served).doesNotContainAnyElementsOf(atKept);
            // Whoever has been refused has left no session behind that is in its way.
            cluster.connect(slow, kept("comer-0")).expectAlive();
        }
    }

    private static boolean isServed(RawClient client) {
        if (!client.trySend(Packets.PINGREQ)) {
            return false;
        }
        Packet answer = client.next();
        return answer != null && answer.type() == PacketType.PINGRESP;
    }

    private static boolean hasTakenOffline(GatewayProcess gateway) {
        return new Dashboard(gateway).logged("Sessions of dead gateways have been taken offline") > 0;
    }

    private static Publish will(String text) {
        return publish("will/" + text, text).qos(1);
    }

    /** Neither does a will wait to be published, nor a displaced gateway's word be awaited. */
    private boolean nothingIsDue() {
        return cluster.redis().keys().stream().noneMatch(key -> key.endsWith("}v"));
    }

    /** Takes what has come to the watchers. */
    private boolean look() {
        take(kept, atKept);
        take(clean, atClean);
        return true;
    }

    private static void take(RawClient watcher, List<String> into) {
        watcher.send(Packets.PINGREQ);
        for (Packet next = watcher.expectAny(); next.type() == PacketType.PUBLISH; next = watcher.expectAny()) {
            into.add(next.text());
            watcher.send(Packets.ack(PacketType.PUBACK, next.packetId()));
        }
    }

    /** These have come, each once to each watcher, and nothing else is still to come. */
    private void expectNoMore(Set<String> due) {
        await().atMost(Duration.ofSeconds(6)).until(() -> look() && atClean.size() >= due.size() && nothingIsDue());
        await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(5)).until(this::look);
        assertThat(atKept).containsExactlyInAnyOrderElementsOf(due);
        assertThat(atClean).containsExactlyInAnyOrderElementsOf(due);
    }
}
