// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SentMark;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.Due;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One random run against a store and the model beside it. */
final class ModelRun {
    private static final int CLIENTS = 3;

    private final SessionStore[] stores;
    private final Time time;
    private final String name;
    private final SplittableRandom random;
    private final Map<String, ReferenceSession> model = new LinkedHashMap<>();
    private final Map<String, List<SessionRef>> refs = new HashMap<>();
    private final List<Message> sent = new ArrayList<>();
    private final List<String> history = new ArrayList<>();
    /** Wills of displaced connections, for which their gateway's word is waited. */
    private final Map<SessionRef, Awaited> awaited = new LinkedHashMap<>();

    private final Duration willWord;

    private record Awaited(Will will, long sweptAt) {}

    ModelRun(
            SessionStore store,
            SessionStore otherProcess,
            Time time,
            Duration willWord,
            String name,
            SplittableRandom random) {
        this.willWord = willWord;
        this.stores = new SessionStore[] {store, otherProcess};
        this.time = time;
        this.name = name;
        this.random = random;
    }

    List<String> history() {
        return history;
    }

    void step() {
        String client = name + "-" + random.nextInt(CLIENTS);
        int choice = random.nextInt(100);
        if (choice < 12) {
            attach(client);
        } else if (choice < 20) {
            detach(client);
        } else if (choice < 50) {
            enqueue(client);
        } else if (choice < 60) {
            read(client);
        } else if (choice < 70) {
            acknowledge(client);
        } else if (choice < 76) {
            release(client);
        } else if (choice < 84) {
            subscriptions(client);
        } else if (choice < 95) {
            inbound(client);
        } else if (choice < 97) {
            destroy(client);
        } else if (choice == 97) {
            settle();
        } else if (choice == 98) {
            handOver(client);
        } else if (time instanceof MovableTime) {
            passAndSweep();
        }
        compareView(client);
    }

    /** Leaves nothing behind for the next run. */
    void end() {
        for (int i = 0; i < CLIENTS; i++) {
            Answers.of(stores[0].destroy(name + "-" + i));
        }
        refs.values().forEach(all -> all.forEach(ref -> Answers.of(stores[0].settleWill(ref, false))));
    }

    private void attach(String client) {
        Duration expiry = random.nextInt(5) == 0 ? Duration.ZERO : time.steps(100 + random.nextInt(3));
        Will will =
                random.nextBoolean() ? Samples.will("w" + history.size(), time.steps(random.nextInt(4) * 75)) : null;
        DropPolicy whenFull = random.nextBoolean() ? DropPolicy.DROP_OLDEST : DropPolicy.DROP_NEWEST;
        QueueLimits limits = (random.nextBoolean()
                        ? new QueueLimits(4, 400, whenFull)
                        : new QueueLimits(40, 4_000, whenFull))
                .withInflight(random.nextBoolean() ? 65_535 : 1 + random.nextInt(3));
        boolean cleanStart = random.nextInt(5) == 0;
        AttachRequest request =
                new AttachRequest(client, "p", "g" + random.nextInt(3), cleanStart, expiry, will, limits);
        log("attach " + request);
        Attached answer = Answers.of(store().attach(request));

        ReferenceSession old = model.get(client);
        boolean ends = old != null && (cleanStart || (old.online && old.expiryMillis == 0));
        awaitWord(client, old, ends);
        assertThat(answer.sessionPresent()).isEqualTo(old != null && !ends);
        assertThat(answer.displacedGateway()).isEqualTo(old != null && old.online ? old.connection.gateway() : null);
        if (old != null && ends) {
            boolean waiting = !old.online && old.willAt != ReferenceSession.FOREVER;
            assertErased(answer.discarded(), client, old, waiting ? old.connection.will() : null);
        } else {
            assertThat(answer.discarded()).isNull();
        }
        ReferenceSession now = old == null || ends ? new ReferenceSession(request, answer.nextSeq()) : old;
        assertThat(answer.ref().epoch()).isGreaterThan(old == null ? 0 : old.epoch);
        assertThat(answer.nextSeq()).isEqualTo(now.nextSeq);
        assertThat(answer.firstSeq()).isEqualTo(now.firstSeq());
        assertThat(answer.sentMark()).isLessThan(now.nextSeq);
        assertThat(Math.max(answer.sentMark(), now.firstSeq() - 1)).isGreaterThanOrEqualTo(now.sentAtMost());
        assertThat(Set.copyOf(answer.subscriptions())).isEqualTo(Set.copyOf(now.subscriptions.values()));
        assertThat(Set.copyOf(answer.inboundPacketIds())).isEqualTo(now.inbound.keySet());
        // How careful a store is about a displaced owner is its own affair; what it said must hold from now on.
        boolean isDisplaced = answer.displaced() != null && answer.sessionPresent();
        now.displacedEpoch = isDisplaced ? now.epoch : 0;
        now.markBefore = isDisplaced ? now.sentMark : -1;
        now.sentMark = Math.max(answer.sentMark(), now.sentAtMost());
        now.readUpTo = 0;
        now.ownedFrom = now.nextSeq;
        now.online = true;
        now.connection = request;
        now.expiryMillis = expiry.toMillis();
        now.endsAt = ReferenceSession.FOREVER;
        now.willAt = ReferenceSession.FOREVER;
        now.epoch = answer.ref().epoch();
        model.put(client, now);
        refs.computeIfAbsent(client, none -> new ArrayList<>()).add(answer.ref());
    }

    private void detach(String client) {
        withRef(client, (ref, session) -> {
            long mark = random.nextLong(session == null ? 1 : session.nextSeq + 2);
            boolean keepWill = random.nextBoolean();
            Duration expiry = random.nextInt(8) == 0 ? Duration.ZERO : time.steps(100);
            log("detach " + ref + " mark " + mark + " keepWill " + keepWill + " " + expiry);
            var stage = store().detach(ref, new DetachRequest(expiry, mark, keepWill));
            if (isStale(stage, session)) {
                return;
            }
            Detached detached = Answers.of(stage);
            Erased erased = detached.erased();
            if (!session.online) {
                assertThat(erased).isNull();
                return;
            }
            Will will = keepWill ? session.connection.will() : null;
            session.online = false;
            if (session.expiryMillis == 0 || expiry.isZero()) {
                assertErased(erased, client, session, will);
                assertThat(detached.will()).isEqualTo(Answers.present(erased).will());
                model.remove(client);
                return;
            }
            assertThat(erased).isNull();
            if (will != null && will.delay().isZero()) {
                assertThat(Samples.text(detached.will())).isEqualTo(Samples.text(will));
                published(detached.will());
                will = null;
            } else {
                assertThat(detached.will()).isNull();
            }
            session.markBefore = -1;
            session.sentMark = Math.max(session.sentMark, Math.min(mark, session.nextSeq - 1));
            session.expiryMillis = expiry.toMillis();
            session.endsAt = time.nowMillis() + expiry.toMillis();
            if (will != null) {
                session.willAt =
                        Math.min(session.endsAt, time.nowMillis() + will.delay().toMillis());
            }
        });
    }

    private void enqueue(String client) {
        boolean again = !sent.isEmpty() && random.nextInt(4) == 0;
        Message message = again
                ? sent.get(random.nextInt(sent.size()))
                : Samples.ofSize(50 + random.nextInt(random.nextInt(8) == 0 ? 400 : 100));
        sent.add(message);
        int qos = random.nextInt(3);
        ReferenceSession session = model.get(client);
        log("enqueue " + client + " " + message + " at " + qos + (again ? " again" : ""));
        Enqueued answer = Answers.of(store().enqueue(message, List.of(Samples.to(client, qos)), again))
                .get(0);

        if (session == null) {
            assertThat(answer.result()).isEqualTo(Enqueued.Result.NO_SESSION);
            return;
        }
        if (again && answer.result() == Enqueued.Result.REPEATED && session.droppedIds.contains(message.id())) {
            return; // a store may remember what it had taken and dropped
        }
        int droppedBefore = session.dropped;
        assertThat(answer.result()).isEqualTo(session.enqueue(message, qos, again));
        assertThat(answer.dropped()).isEqualTo(session.dropped - droppedBefore);
        if (answer.result() == Enqueued.Result.STORED) {
            assertThat(answer.seq()).isEqualTo(session.nextSeq - 1);
            assertThat(answer.owner()).isEqualTo(session.online ? session.connection.gateway() : null);
        }
    }

    private void read(String client) {
        withRef(client, (ref, session) -> {
            int most = 1 + random.nextInt(4);
            long from = session == null ? 1 : session.firstSeq() + random.nextInt(3);
            log("read " + ref + " from " + from + " most " + most);
            var stage = store().read(ref, from, most, Integer.MAX_VALUE);
            if (isStale(stage, session)) {
                return;
            }
            List<String> expected = session.entries.stream()
                    .filter(entry -> entry.seq >= from)
                    .limit(most)
                    .map(entry -> entry.seq + " " + entry.qos + " " + entry.state + " " + entry.message)
                    .toList();
            assertThat(Answers.of(stage).stream()
                            .map(one -> one.seq() + " " + one.qos() + " " + one.state() + " " + one.message()))
                    .containsExactlyElementsOf(expected);
            if (session.online && !expected.isEmpty()) {
                session.readUpTo = Math.max(session.readUpTo, seqAt(session, from, expected.size()));
            }
        });
    }

    private static long seqAt(ReferenceSession session, long from, int count) {
        return session.entries.stream()
                .filter(entry -> entry.seq >= from)
                .skip(count - 1L)
                .findFirst()
                .orElseThrow()
                .seq;
    }

    private void acknowledge(String client) {
        withRef(client, (ref, session) -> {
            long upTo = session == null ? 1 : session.firstSeq() - 1 + random.nextInt(3);
            Set<Long> beyond = new TreeSet<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                beyond.add(upTo + 1 + random.nextInt(4));
            }
            log("acknowledge " + ref + " to " + upTo + " and " + beyond);
            var stage = store().acknowledge(
                            ref,
                            upTo,
                            beyond.stream().mapToLong(Long::longValue).toArray());
            if (!isStale(stage, session)) {
                Answers.of(stage);
                session.acknowledge(upTo, beyond);
            }
        });
    }

    /** Whoever was displaced speaks, often too late. */
    private void handOver(String client) {
        List<SessionRef> known = refs.get(client);
        if (known == null) {
            return;
        }
        ReferenceSession session = model.get(client);
        SessionRef ref = known.get(Math.max(0, known.size() - 1 - random.nextInt(3)));
        long mark = random.nextLong(session == null ? 1 : session.nextSeq + 2);
        log("hand over " + ref + " mark " + mark);
        Answers.of(store().handOver(ref, mark, List.of()));
        if (session != null) {
            session.handOver(ref.epoch(), mark);
            SentMark answer = Answers.of(store().sentMark(new SessionRef(client, session.epoch)));
            assertThat(answer.seq()).isEqualTo(session.sentMark);
            // A store may be sure where nothing had been queued.
            assertThat(answer.isSure() || session.markBefore >= 0).isTrue();
        }
    }

    private void release(String client) {
        withRef(client, (ref, session) -> {
            long seq = session == null ? 1 : session.firstSeq() + random.nextInt(4);
            log("release " + ref + " " + seq);
            var stage = store().release(ref, seq);
            if (!isStale(stage, session)) {
                Answers.of(stage);
                session.release(seq);
            }
        });
    }

    private void subscriptions(String client) {
        withRef(client, (ref, session) -> {
            String filter = "f" + random.nextInt(4);
            boolean adds = random.nextInt(3) > 0;
            Subscription subscription = Subscription.of(filter, random.nextInt(3));
            log((adds ? "subscribe " : "unsubscribe ") + ref + " " + subscription);
            var stage =
                    adds ? store().subscribe(ref, List.of(subscription)) : store().unsubscribe(ref, List.of(filter));
            if (!isStale(stage, session)) {
                boolean existed = session.subscriptions.containsKey(filter);
                assertThat(Answers.of(stage)).containsExactly(adds != existed);
                if (adds) {
                    session.subscriptions.put(filter, subscription);
                } else {
                    session.subscriptions.remove(filter);
                }
            }
        });
    }

    private void inbound(String client) {
        withRef(client, (ref, session) -> {
            int packetId = 1 + random.nextInt(3);
            int what = random.nextInt(4);
            Message message = Samples.message("in" + random.nextInt(2));
            log(List.of("hold ", "take ", "drop ", "drop other ").get(what) + ref + " " + packetId + " "
                    + Samples.text(message));
            CompletionStage<?> stage = switch (what) {
                case 0 -> store().holdInbound(ref, packetId, message);
                case 1 -> store().takeInbound(ref, packetId);
                case 2 -> store().dropInbound(ref, packetId);
                default -> store().dropOtherInbound(ref, packetId, message);
            };
            if (isStale(stage, session)) {
                return;
            }
            Object answer = Answers.of(stage);
            if (what == 0) {
                assertThat(answer).isEqualTo(session.inbound.putIfAbsent(packetId, message) == null);
            } else if (what == 1) {
                Message held = session.inbound.get(packetId);
                assertThat(answer instanceof Message taken ? taken.id() : null)
                        .isEqualTo(held == null ? null : held.id());
            } else if (what == 2) {
                session.inbound.remove(packetId);
            } else {
                Message held = session.inbound.get(packetId);
                boolean isRepeat = held != null && Samples.text(held).equals(Samples.text(message));
                assertThat(answer).isEqualTo(isRepeat);
                if (!isRepeat) {
                    session.inbound.remove(packetId);
                }
            }
        });
    }

    private void destroy(String client) {
        log("destroy " + client);
        ReferenceSession session = model.remove(client);
        Erased erased = Answers.of(store().destroy(client));
        if (session == null) {
            assertThat(erased).isNull();
        } else {
            boolean waiting = !session.online && session.willAt != ReferenceSession.FOREVER;
            awaitWord(client, session, true);
            assertErased(erased, client, session, waiting ? session.connection.will() : null);
        }
    }

    /** The will of a connection that is displaced now. */
    private void awaitWord(String client, @Nullable ReferenceSession session, boolean ends) {
        Will will = session == null || !session.online ? null : session.connection.will();
        if (session != null && will != null && (ends || will.delay().isZero())) {
            awaited.put(
                    new SessionRef(client, session.epoch), new Awaited(will, time.nowMillis() + willWord.toMillis()));
        }
    }

    /** A displaced gateway speaks; time stands still for all stores, or passes too slowly for a sweep of this run. */
    private void settle() {
        if (awaited.isEmpty()) {
            return;
        }
        SessionRef ref = awaited.keySet().iterator().next();
        Awaited one = Answers.present(awaited.remove(ref));
        boolean publish = random.nextBoolean();
        log("settle " + ref + " publish " + publish);
        DueWill will = Answers.of(store().settleWill(ref, publish));
        assertThat(will == null ? null : Samples.text(will)).isEqualTo(publish ? Samples.text(one.will()) : null);
        assertThat(Answers.of(store().settleWill(ref, true))).isNull();
        published(will);
    }

    private void published(@Nullable DueWill will) {
        if (will != null) {
            Answers.of(store().willPublished(will.connection()));
        }
    }

    private void passAndSweep() {
        Duration duration = time.steps(1 + random.nextInt(150));
        log("pass " + duration);
        time.pass(duration);
        long now = time.nowMillis();
        Set<String> expired = new TreeSet<>();
        Set<String> wills = new TreeSet<>();
        for (Map.Entry<String, ReferenceSession> each : Map.copyOf(model).entrySet()) {
            ReferenceSession session = each.getValue();
            String will = session.connection.will() == null ? "" : Samples.text(session.connection.will());
            if (session.endsAt <= now) {
                expired.add(each.getKey() + " " + (session.willAt == ReferenceSession.FOREVER ? "" : will));
                model.remove(each.getKey());
            } else if (session.willAt <= now) {
                wills.add(each.getKey() + " " + will);
                session.willAt = ReferenceSession.FOREVER;
            }
        }
        awaited.entrySet().removeIf(each -> {
            boolean swept = each.getValue().sweptAt() <= now;
            if (swept) {
                wills.add(each.getKey().clientId() + " "
                        + Samples.text(each.getValue().will()));
            }
            return swept;
        });
        Due due = Answers.of(store().sweep(100));
        due.expired().forEach(one -> published(one.will()));
        due.wills().forEach(this::published);
        assertThat(due.expired().stream()
                        .map(one -> one.clientId() + " " + (one.will() == null ? "" : Samples.text(one.will()))))
                .containsExactlyInAnyOrderElementsOf(expired);
        assertThat(due.wills().stream().map(ModelRun::nameOf)).containsExactlyInAnyOrderElementsOf(wills);
    }

    private static String nameOf(DueWill will) {
        return will.clientId() + " " + Samples.text(will.will());
    }

    private void compareView(String client) {
        ReferenceSession session = model.get(client);
        var view = Answers.of(store().find(client));
        if (session == null) {
            assertThat(view).isNull();
            return;
        }
        assertThat(view).isNotNull();
        assertThat(view.owner()).isEqualTo(session.online ? session.connection.gateway() : null);
        assertThat(view.epoch()).isEqualTo(session.epoch);
        assertThat(view.expiry().toMillis()).isEqualTo(session.expiryMillis);
        assertThat(Set.copyOf(view.subscriptions())).isEqualTo(Set.copyOf(session.subscriptions.values()));
        assertThat(view.queuedMessages()).isEqualTo(session.owed());
        assertThat(view.queuedBytes()).isEqualTo(session.queuedBytes());
        assertThat(view.droppedMessages()).isEqualTo(session.dropped);
    }

    private void withRef(String client, BiConsumer<SessionRef, @Nullable ReferenceSession> operation) {
        List<SessionRef> known = refs.get(client);
        if (known == null) {
            return;
        }
        boolean latest = random.nextInt(10) > 0;
        SessionRef ref = known.get(latest ? known.size() - 1 : random.nextInt(known.size()));
        ReferenceSession session = model.get(client);
        operation.accept(ref, session == null || session.epoch != ref.epoch() ? null : session);
    }

    private static boolean isStale(CompletionStage<?> stage, @Nullable ReferenceSession session) {
        if (session == null) {
            assertThat(Answers.failureOf(stage)).isInstanceOf(StaleSessionException.class);
            return true;
        }
        return false;
    }

    private void assertErased(@Nullable Erased erased, String client, ReferenceSession session, @Nullable Will will) {
        Erased gone = Answers.present(erased);
        assertThat(gone.clientId()).isEqualTo(client);
        assertThat(Set.copyOf(gone.subscriptions())).isEqualTo(Set.copyOf(session.subscriptions.values()));
        assertThat(gone.will() == null ? null : Samples.text(gone.will()))
                .isEqualTo(will == null ? null : Samples.text(will));
        published(gone.will());
    }

    private SessionStore store() {
        return stores[random.nextInt(stores.length)];
    }

    private void log(String command) {
        history.add(command);
    }
}
