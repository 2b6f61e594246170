// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import dev.holdfast.store.cluster.InboxProgress;
import dev.holdfast.store.redis.OutageListener;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.cluster.RedisInbox;
import dev.holdfast.store.redis.cluster.RedisMembership;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.retained.RedisRetainedStore;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.session.KeptSessions;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.SessionStore.RoutePage;
import dev.holdfast.store.session.TooManySessionsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One of the three masters of a cluster stands still: sessions and messages on the two others are served as before. */
final class PartAwayTest {
    /** The gateways' leases are not there. */
    private static final int AWAY = 0;

    private static final QueueLimits LIMITS = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);
    private static final Duration HOUR = Duration.ofHours(1);
    private static RedisCluster cluster;

    private RedisConnection connection;
    private RedisSessionStore store;
    private long number;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.startWithoutReplicas();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void start() {
        connection = RedisConnection.open(cluster.settings());
        store = new RedisSessionStore(connection);
        answer(connection.contact());
    }

    @AfterEach
    void stop() {
        cluster.nodes().get(AWAY).resume();
        connection.close();
        cluster.flush();
    }

    /** Once, a call that waited for the silent master held up the calls for other masters behind it. */
    @Test
    void whatWaitsForOneMasterHoldsUpNothingForAnother() {
        List<String> all = IntStream.range(0, 300).mapToObj(i -> "c" + i).toList();
        List<CompletionStage<Attached>> attaches =
                all.stream().map(name -> store.attach(kept(name, "g", null))).toList();
        attaches.forEach(PartAwayTest::answer);

        cluster.nodes().get(AWAY).pause();
        List<CompletableFuture<List<Enqueued>>> waiting = new ArrayList<>();
        List<CompletableFuture<List<Enqueued>>> served = new ArrayList<>();
        for (String name : all) {
            (isAway(name) ? waiting : served).add(enqueue(name).toCompletableFuture());
        }

        CompletableFuture.allOf(served.toArray(new CompletableFuture<?>[0]))
                .orTimeout(1, TimeUnit.SECONDS)
                .join();
        assertThat(waiting).isNotEmpty().noneMatch(CompletableFuture::isDone);
        cluster.nodes().get(AWAY).resume();
        assertThat(waiting).allSatisfy(one -> assertThat(answer(one)).hasSize(1));
    }

    /** Once, the clients whose shard of the index was away were refused, a third of all; and all clients of a gateway whose list was. */
    @Test
    void aSessionComesEndsAndHasItsWillPublishedWhateverLiesElsewhere() {
        takeAway();
        String gateway = named("gateway", slot -> isOn(AWAY, slot));
        String client =
                named("client", slot -> !isOn(AWAY, slot) && isOn(AWAY, RedisKeys.slot(Integer.toString(slot % 16))));
        RedisMembership membership = new RedisMembership(connection, store, Duration.ofMillis(300));
        Will will = new Will(message("will", "of " + client), Duration.ZERO, Will.NO_EXPIRY);

        answer(store.attach(kept(named("other", slot -> !isOn(AWAY, slot)), gateway, null)));
        Attached attached = answer(store.attach(kept(client, gateway, will)));
        assertThat(answer(store.subscribe(attached.ref(), List.of(Subscription.of("t", 1)))))
                .containsExactly(true);
        assertThat(routed()).containsExactly(client);
        answer(membership.join(gateway));
        Set<String> reaped = new HashSet<>();
        await().until(() -> {
            answer(membership.reap(10, each -> reaped.add(each.connection().clientId())));
            return reaped.size() == 2;
        });
        List<DueWill> due = new ArrayList<>();
        await().until(() -> due.addAll(answer(store.sweep(10)).wills()));
        assertThat(due).extracting(DueWill::clientId).containsExactly(client);

        Attached again = answer(store.attach(kept(client, "g", null)));
        assertThat(again.sessionPresent()).isTrue();
        answer(store.detach(again.ref(), new DetachRequest(Duration.ofMillis(1), 0, false)));
        await().until(() -> !answer(store.sweep(10)).expired().isEmpty());
    }

    /** A gateway that starts meanwhile learns the other subscriptions when it hears that the part is back. */
    @Test
    void whoStartsWithoutAPartIsToldWhenItIsBack() {
        List<String> all = IntStream.range(0, 30).mapToObj(i -> "r" + i).toList();
        for (String name : all) {
            Attached attached = answer(store.attach(kept(name, "g", null)));
            answer(store.subscribe(attached.ref(), List.of(Subscription.of("t", 1))));
        }
        cluster.nodes().get(AWAY).pause();
        connection.close();
        connection = RedisConnection.open(cluster.settings());
        store = new RedisSessionStore(connection);
        List<String> told = new CopyOnWriteArrayList<>();
        connection.onOutage(new OutageListener() {
            @Override
            public void refused(String kind, String what) {}

            @Override
            public void served(String kind) {}

            @Override
            public void silent(String servers) {
                told.add("silent: " + servers);
            }

            @Override
            public void answers() {}

            @Override
            public void away(String what) {
                told.add(what);
            }

            @Override
            public void back(@Nullable String what) {
                told.add(what == null ? "back" : what);
            }
        });

        answer(connection.contact());
        assertThat(routed())
                .containsExactlyInAnyOrderElementsOf(
                        all.stream().filter(name -> !isAway(name)).toList());
        await().untilAsserted(() -> assertThat(told).singleElement().asString().startsWith("5461 of 16384 slots"));
        assertThat(connection.away()).contains("(0-5460)");

        cluster.nodes().get(AWAY).resume();
        await().untilAsserted(() -> assertThat(told).endsWith("back"));
        assertThat(connection.away()).isNull();
        assertThat(routed()).containsExactlyInAnyOrderElementsOf(all);
    }

    /** Once, one shard that was away held up every SUBSCRIBE, and every retained message of a new topic. */
    @Test
    void retainedMessagesOfTheOtherShardsAreFoundAndKept() {
        List<String> topics = IntStream.range(0, 64).mapToObj(i -> "topic/" + i).toList();
        try (RedisRetainedStore retained = new RedisRetainedStore(connection, new RetainedLimits(1_000, 1_000))) {
            topics.forEach(topic -> answer(retained.retain(message(topic, "before"))));
            takeAway();

            Set<String> found = new HashSet<>();
            answer(retained.find(topics)).forEach(each -> found.add(each.topic()));
            answer(retained.catchUp());
            assertThat(found).hasSizeBetween(20, 60);
            assertThat(answer(retained.topics("", 100)).topics()).isSubsetOf(found);
            String topic = found.iterator().next();
            assertThat(answer(retained.retain(message(topic, "after")))).isTrue();
            answer(retained.clear(topic, System.currentTimeMillis()));
            String fresh = IntStream.range(0, 1_000)
                    .mapToObj(i -> "new/" + i)
                    .filter(name -> !isOn(AWAY, RedisKeys.slot(Integer.toString(RedisKeys.slot(name) % 16))))
                    .findFirst()
                    .orElseThrow();
            assertThat(answer(retained.retain(message(fresh, "")))).isTrue();
        }
    }

    /** Meanwhile each gateway bounds the sessions that it admits; the count is right when the part is back. */
    @Test
    void aPrincipalWhoseCountIsAwayHasASessionMadeAndNotMoreThanItMayHave() {
        takeAway();
        String principal = IntStream.range(0, 1_000)
                .mapToObj(i -> "p" + i)
                .filter(name -> isOn(AWAY, RedisKeys.slot(KeptSessions.tag(name))))
                .findFirst()
                .orElseThrow();
        List<String> clients = IntStream.range(0, 1_000)
                .mapToObj(i -> "k" + i)
                .filter(name -> !isAway(name))
                .limit(4)
                .toList();

        answer(store.attach(oneOf(2, principal, clients.get(0))));
        answer(store.attach(oneOf(2, principal, clients.get(1))));
        assertThatThrownBy(() -> answer(store.attach(oneOf(2, principal, clients.get(2)))))
                .hasRootCauseInstanceOf(TooManySessionsException.class);

        cluster.nodes().get(AWAY).resume();
        await().until(() -> connection.away() == null);
        await().untilAsserted(() -> assertThatThrownBy(() -> answer(store.attach(oneOf(2, principal, clients.get(3)))))
                .hasRootCauseInstanceOf(TooManySessionsException.class));
    }

    /** Entries that were written to two places are read once each, and in order. */
    @Test
    void anInboxMovesToAMasterThatIsThereAndBack() throws Exception {
        String gateway = named("inbox", slot -> isOn(AWAY, slot));
        List<String> heard = new CopyOnWriteArrayList<>();
        List<InboxProgress.Step> steps = new CopyOnWriteArrayList<>();
        InboxProgress progress = new InboxProgress();
        RedisInbox inbox = new RedisInbox(connection);
        try (Inbox.Writer writer = inbox.writer(gateway);
                Inbox.Reading reading = inbox.read(gateway, entry -> {
                    InboxProgress.Step step = progress.step(entry);
                    steps.add(step);
                    if (step != InboxProgress.Step.AGAIN) {
                        entry.notes().forEach(note -> heard.add(new String(note, StandardCharsets.UTF_8)));
                    }
                })) {
            tell(writer, 0, 10);
            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(10)));
            cluster.nodes().get(AWAY).pause();
            tell(writer, 10, 20);
            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(20)));
            cluster.nodes().get(AWAY).resume();
            tell(writer, 20, 30);
            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(30)));
            assertThat(steps).doesNotContain(InboxProgress.Step.AFTER_A_GAP);
            tell(inbox.writer(gateway), 30, 31);
            reading.leave();
        }
        assertThat(answer(inbox.takeUnread(gateway, 100)).size()).isLessThan(2);
    }

    private void tell(Inbox.Writer writer, int from, int to) {
        for (int i = from; i < to; i++) {
            answer(writer.append(
                    InboxEntry.of(1, ++number, List.of(Integer.toString(i).getBytes(StandardCharsets.UTF_8)))));
        }
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private void takeAway() {
        cluster.nodes().get(AWAY).pause();
        await().until(() -> connection.away() != null);
    }

    private List<String> routed() {
        List<String> all = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            RoutePage page = answer(store.routes(cursor, 10));
            page.sessions().forEach(each -> all.add(each.clientId()));
            cursor = page.nextCursor();
        }
        return all.stream().distinct().toList();
    }

    private static boolean isAway(String clientId) {
        return RedisCluster.masterOf(clientId) == AWAY;
    }

    private static boolean isOn(int master, int slot) {
        return RedisCluster.masterOfSlot(slot) == master;
    }

    private static String named(String prefix, IntPredicate slot) {
        return IntStream.range(0, 10_000)
                .mapToObj(i -> prefix + i)
                .filter(name -> slot.test(RedisKeys.slot(name)))
                .findFirst()
                .orElseThrow();
    }

    private static AttachRequest kept(String clientId, String gateway, @Nullable Will will) {
        return new AttachRequest(clientId, "p", gateway, false, HOUR, will, LIMITS);
    }

    private static AttachRequest oneOf(int most, String principal, String clientId) {
        return new AttachRequest(clientId, principal, "g", false, HOUR, null, LIMITS, most);
    }

    private CompletionStage<List<Enqueued>> enqueue(String clientId) {
        EnqueueTarget target = new EnqueueTarget(clientId, 1, false, EnqueueTarget.NO_IDENTIFIERS);
        return store.enqueue(message("t", "m"), List.of(target), false);
    }

    private Message message(String topic, String text) {
        return Message.of(
                new MessageId(7, ++number),
                topic,
                text.getBytes(StandardCharsets.UTF_8),
                1,
                true,
                System.currentTimeMillis());
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
