// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.harness.NarrowFilters;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.protocol.LoopThread;
import dev.holdfast.gateway.routing.Listeners;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionServices;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.Lifecycle;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.Logs;
import dev.holdfast.gateway.unit.HandMovedClock;
import dev.holdfast.gateway.unit.HandTurnedLoop;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.memory.MemoryLogStore;
import dev.holdfast.store.memory.MemorySessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SessionRef;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other gateways' notes make of this gateway's routes, in whatever order they come, and where the store is asked. */
@Tag("unit")
final class RouteBookTest {
    private static final String OTHER = "g2";
    private static final QueueLimits LIMITS = new QueueLimits(100, 100_000, DropPolicy.DROP_OLDEST);

    private final HandMovedClock clock = new HandMovedClock();
    private final HandTurnedLoop loop = HandTurnedLoop.alone(clock);
    private final SessionThread thread = new LoopThread(loop);
    private final MemorySessionStore store = new MemorySessionStore(clock);
    private final Sessions sessions = new Sessions(new SessionServices(
            store,
            LIMITS,
            true,
            new Logs(
                    new MemoryLogStore(
                            InstantSource.system(),
                            new LogLimits(10, 10_000, Duration.ofDays(1)),
                            HeldMemory.UNCOUNTED),
                    new NarrowFilters(),
                    Duration.ofDays(1),
                    HeldMemory.UNCOUNTED,
                    1),
            new Metrics(new SimpleMeterRegistry()),
            Neighbours.NONE,
            HeldMemory.UNCOUNTED,
            Lifecycle.UNHEARD));
    private final Routes routes = new Routes(SharedStrategy.ROUND_ROBIN, Neighbours.NONE, HeldMemory.UNCOUNTED, 0);
    private final RouteBook book = new RouteBook(
            store,
            new MemoryLogStore(
                    InstantSource.system(), new LogLimits(10, 10_000, Duration.ofDays(1)), HeldMemory.UNCOUNTED),
            sessions,
            routes,
            thread);
    private final CleanRoutes clean = new CleanRoutes(routes);

    private static Subscription to(String filter) {
        return new Subscription(filter, 1, false, false, 0, 0);
    }

    /** A kept session at the other gateway, as the store has it, of which nobody has told. */
    private Attached stored(String clientId, String... filters) {
        Attached attached = store.attach(
                        new AttachRequest(clientId, "", OTHER, false, Duration.ofHours(1), null, LIMITS, 0))
                .toCompletableFuture()
                .join();
        List<Subscription> wanted =
                List.of(filters).stream().map(RouteBookTest::to).toList();
        store.subscribe(attached.ref(), wanted).toCompletableFuture().join();
        return attached;
    }

    private Note.Subscribed subscribed(SessionRef ref, long born, String filter) {
        return new Note.Subscribed(OTHER, ref.clientId(), born, ref.epoch(), to(filter));
    }

    private List<Listeners.Listener> listeners(String topic) {
        return routes.listeners(topic, 100).sessions();
    }

    private void load() {
        CompletableFuture<?> loaded = book.load();
        loop.settle();
        assertThat(loaded).isCompleted();
    }

    @Test
    void subscriptionOfAnotherGatewayIsRoutedToItsOwner() {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "a/#"));

        assertThat(listeners("a/b")).singleElement().satisfies(each -> {
            assertThat(each.clientId()).isEqualTo("c");
            assertThat(each.isKept()).isTrue();
            assertThat(each.owner()).isEqualTo(OTHER);
        });
    }

    @Test
    void lastSubscriptionThatGoesTakesTheSessionOutOfTheRoutes() {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "a"));

        book.unsubscribed(new Note.Unsubscribed(OTHER, "c", 5, "a"));

        assertThat(listeners("a")).isEmpty();
        assertThat(sessions.find("c")).isNull();
    }

    /** A client comes with Clean Start on one thread while another learns what its former session subscribed to. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "$share/g/a"})
    void whatIsLearntOfASessionThatIsGoneIsNotRouted(String filter) {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "b"));
        SessionSlot slot = requireNonNull(sessions.find("c"));
        routes.gone(slot, thread);

        routes.learn(slot, to(filter));

        assertThat(routes.size()).isZero();
        assertThat(listeners("a")).isEmpty();
        assertThat(routes.groupSize(filter)).isZero();
    }

    /** Two owners tell by ways of their own: what the former one says late is not believed, and the store is asked. */
    @Test
    void noteOfAFormerOwnerIsCheckedInTheStore() {
        Attached former = stored("c", "old");
        Attached latter = stored("c", "new");
        book.subscribed(subscribed(latter.ref(), former.born(), "new"));

        book.unsubscribed(new Note.Unsubscribed(OTHER, "c", former.ref().epoch(), "new"));
        loop.settle();

        assertThat(listeners("new")).hasSize(1);
        assertThat(listeners("old")).as("what only the store knew").hasSize(1);
    }

    @Test
    void sessionThatHasEndedIsNotBroughtBackByALateNote() {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "a"));
        book.ended("c", 6);

        book.subscribed(subscribed(new SessionRef("c", 6), 5, "a"));

        assertThat(listeners("a")).isEmpty();
    }

    @Test
    void nextSessionOfTheSameNameIsRouted() {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "a"));
        book.ended("c", 6);

        book.subscribed(subscribed(new SessionRef("c", 7), 7, "b"));
        book.ended("c", 6);

        assertThat(listeners("a")).isEmpty();
        assertThat(listeners("b")).hasSize(1);
    }

    /** Ten seconds after the last word of a session nothing is remembered of it. */
    @Test
    void nothingIsRememberedOfASessionThatIsGone() {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "a"));
        book.ended("c", 6);
        book.beat();
        assertThat(book.remembered()).isPositive();

        clock.move(Duration.ofSeconds(11));
        book.beat();

        assertThat(book.remembered()).isZero();
        assertThat(sessions.remembered()).isZero();
    }

    @Test
    void ownerThatHasLeftIsForgottenUnlessALaterOneIsKnown() {
        book.subscribed(subscribed(new SessionRef("c", 5), 5, "a"));
        book.left(new Note.Left(OTHER, "c", 4));
        assertThat(listeners("a").get(0).owner()).isEqualTo(OTHER);

        book.left(new Note.Left(OTHER, "c", 5));
        assertThat(listeners("a").get(0).owner()).isNull();

        book.resumed(new Note.Resumed("g3", "c", 6));
        assertThat(listeners("a").get(0).owner()).isEqualTo("g3");
    }

    @Test
    void everythingThatTheStoreHasIsLoadedPageByPage() {
        IntStream.range(0, 1_200).forEach(i -> stored("c" + i, "t", "t/" + i));

        load();

        assertThat(routes.size()).isEqualTo(2_400);
        assertThat(routes.listeners("t", 10).sessionCount()).isEqualTo(1_200);
        assertThat(listeners("t/777"))
                .singleElement()
                .satisfies(each -> assertThat(each.clientId()).isEqualTo("c777"));
    }

    @Test
    void whatIsKnownAndNotInTheStoreIsGoneAfterLoading() {
        book.subscribed(subscribed(new SessionRef("ghost", 5), 5, "a"));
        stored("c", "a");

        load();

        assertThat(listeners("a"))
                .singleElement()
                .satisfies(each -> assertThat(each.clientId()).isEqualTo("c"));
    }

    @Test
    void sessionsThatADeadGatewayMayHaveEndedAreLookedAfter() {
        Attached attached = stored("c", "a");
        book.subscribed(subscribed(attached.ref(), attached.born(), "a"));
        store.detach(attached.ref(), new DetachRequest(Duration.ZERO, 0, false))
                .toCompletableFuture()
                .join();

        book.departed(OTHER);
        assertThat(listeners("a").get(0).owner()).isNull();
        book.beat();
        loop.settle();

        assertThat(listeners("a")).isEmpty();
    }

    @Test
    void cleanSessionsOfAnotherGatewayAreItsOwnToServe() {
        clean.changed(new Note.Clean(OTHER, "a", 2));
        assertThat(routes.listeners("a", 10).gateways()).containsExactly(OTHER);

        clean.changed(new Note.Clean(OTHER, "a", 0));
        assertThat(routes.listeners("a", 10).gateways()).isEmpty();

        clean.changed(new Note.Clean(OTHER, "a", 1));
        clean.departed(OTHER);
        assertThat(routes.listeners("a", 10).gateways()).isEmpty();
    }

    @Test
    void snapshotTakesBackWhatWasLostOnTheWay() {
        clean.changed(new Note.Clean(OTHER, "lost", 1));
        clean.changed(new Note.Clean(OTHER, "kept", 1));

        clean.snapshotBegins(OTHER);
        clean.changed(new Note.Clean(OTHER, "kept", 1));
        clean.snapshotEnds(OTHER);

        assertThat(routes.listeners("lost", 10).gateways()).isEmpty();
        assertThat(routes.listeners("kept", 10).gateways()).containsExactly(OTHER);
    }

    private String[] manyFilters(int count) {
        return IntStream.range(0, count).mapToObj(i -> "many/" + i).toArray(String[]::new);
    }

    /** 385 sessions with 256 filters each ended together: one second of the thread, when each went at once. */
    @Test
    void sessionThatEndsIsNotDeliveredToAndItsRoutesGoSomeAtATime() {
        Attached attached = stored("c", manyFilters(256));
        load();
        assertThat(routes.size()).isEqualTo(256);

        book.ended("c", attached.ref().epoch());

        assertThat(listeners("many/255"))
                .as("although the route is still there")
                .isEmpty();
        long left = routes.size();
        assertThat(left).isGreaterThan(200);
        while (loop.turn()) {
            assertThat(left - routes.size()).isBetween(0L, 32L);
            left = routes.size();
        }
        assertThat(left).isZero();
    }

    /** An operator ends it while its client is being let in: it was counted off before it was counted, and routed for good. */
    @Test
    void sessionThatIsEndedBeforeItsStoredFiltersAreRoutedLeavesNothing() {
        Attached attached = stored("c", "a", "b");
        SessionSlot slot = new SessionSlot("c", true, attached.born());
        routes.gone(slot, thread);

        routes.arrived(slot, List.of(to("a"), to("b")));
        loop.settle();

        assertThat(routes.size()).isZero();
        assertThat(listeners("a")).isEmpty();
    }

    /** The client has come back under a session that is new before the routes of the former one have gone. */
    @Test
    void sessionThatComesAfterOneWhoseRoutesAreGoingKeepsItsOwn() {
        Attached former = stored("c", manyFilters(100));
        load();

        book.subscribed(subscribed(
                new SessionRef("c", former.ref().epoch() + 7), former.ref().epoch() + 7, "many/99"));
        loop.settle();

        assertThat(routes.size()).isEqualTo(1);
        assertThat(listeners("many/99")).hasSize(1);
        assertThat(listeners("many/98")).isEmpty();
    }

    @Test
    void whatIsReadFromTheStoreIsTakenInSomeAtATime() {
        for (int i = 0; i < 40; i++) {
            stored("c" + i, manyFilters(20));
        }
        CompletableFuture<?> loaded = book.load();
        long before = routes.size();
        while (loop.turn()) {
            assertThat(routes.size() - before).isBetween(0L, 84L);
            before = routes.size();
        }

        assertThat(loaded).isCompleted();
        assertThat(before).isEqualTo(800);
    }
}
