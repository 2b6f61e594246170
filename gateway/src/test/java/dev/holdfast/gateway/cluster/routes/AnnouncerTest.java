// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.cluster.entries.Outboxes;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.protocol.LoopThread;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.unit.HandMovedClock;
import dev.holdfast.gateway.unit.HandTurnedLoop;
import dev.holdfast.gateway.unit.InboxInMemory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Changes of the routes are told to all living gateways, and whoever waits for them hears when they are live there. */
@Tag("unit")
final class AnnouncerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final HandMovedClock clock = new HandMovedClock();
    private final HandTurnedLoop loop = HandTurnedLoop.alone(clock);
    private final SessionThread thread = new LoopThread(loop);
    private final InboxInMemory inboxes = InboxInMemory.prompt();
    private Set<String> known = Set.of("self", "g2", "g3");
    /** The store's answer to who lives; the test completes it. */
    private CompletableFuture<Set<String>> living = CompletableFuture.completedFuture(known);

    private final Announcer announcer = new Announcer(
            () -> known,
            () -> living,
            () -> "self",
            new Outboxes(inboxes, null, thread)::of,
            new Metrics(new SimpleMeterRegistry()),
            thread);

    private void announce(String clientId) {
        loop.inTurn(() -> announcer.announce(new Note.Ended(clientId, 1)));
    }

    private CompletableFuture<?> settled() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.inTurn(() -> announcer.whenSettled(done));
        return done;
    }

    private void applied(String gateway, long round) {
        loop.inTurn(() -> announcer.applied(gateway, round));
    }

    private void look() {
        loop.inTurn(() -> announcer.look(known));
        loop.settle();
    }

    /** What stands in the inbox of a gateway, in short. */
    private List<String> told(String gateway) {
        return inboxes.notes(gateway).stream()
                .map(bytes -> Objects.requireNonNull(NoteCodec.decode(bytes)))
                .map(note -> note instanceof Note.Barrier barrier
                        ? "barrier " + barrier.number()
                        : "ended " + ((Note.Ended) note).clientId())
                .toList();
    }

    @Test
    void everybodyElseIsToldInOrderAndOnceATurn() {
        announce("a");
        announce("b");
        assertThat(told("g2")).isEmpty();

        loop.settle();

        assertThat(told("g2")).containsExactly("ended a", "ended b", "barrier 1");
        assertThat(told("g3")).isEqualTo(told("g2"));
        assertThat(told("self")).isEmpty();
    }

    @Test
    void changeIsSettledWhenTheLastGatewayRoutesByIt() {
        announce("a");
        CompletableFuture<?> settled = settled();
        loop.settle();

        applied("g2", 1);
        assertThat(settled).isNotDone();

        applied("g3", 1);
        assertThat(settled).isCompleted();
    }

    @Test
    void nothingToTellIsSettledAtOnce() {
        assertThat(settled()).isCompleted();
    }

    @Test
    void laterRoundIsNotSettledBeforeAnEarlierOne() {
        announce("a");
        CompletableFuture<?> first = settled();
        loop.settle();
        announce("b");
        CompletableFuture<?> second = settled();
        loop.settle();
        assertThat(told("g2")).containsExactly("ended a", "barrier 1", "ended b", "barrier 2");

        applied("g2", 2);
        applied("g3", 1);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();

        applied("g3", 2);
        assertThat(second).isCompleted();
    }

    @Test
    void laterRoundOfFewerGatewaysWaitsForTheEarlierOne() {
        announce("a");
        CompletableFuture<?> first = settled();
        loop.settle();
        known = Set.of("self", "g2");
        living = CompletableFuture.completedFuture(known);
        announce("b");
        CompletableFuture<?> second = settled();
        loop.settle();

        applied("g2", 2);
        assertThat(first).as("g3 has not answered").isNotDone();
        assertThat(second).isNotDone();

        applied("g3", 1);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
    }

    /** Who joins while a round is being told is told, too: it may have read the routes before the change was stored. */
    @Test
    void gatewayThatIsSeenLateIsToldAndWaitedFor() {
        living = new CompletableFuture<>();
        announce("a");
        CompletableFuture<?> settled = settled();
        loop.settle();
        applied("g2", 1);
        applied("g3", 1);
        assertThat(settled).as("before it is known who lives").isNotDone();

        living.complete(Set.of("self", "g2", "g3", "newcomer"));
        loop.settle();
        assertThat(told("newcomer")).containsExactly("ended a", "barrier 1");
        assertThat(settled).isNotDone();

        applied("newcomer", 1);
        assertThat(settled).isCompleted();
    }

    @Test
    void roundIsToldAgainWhenTheStoreCouldNotSayWhoLives() {
        living = CompletableFuture.failedFuture(new IllegalStateException("away"));
        announce("a");
        CompletableFuture<?> settled = settled();
        loop.settle();
        applied("g2", 1);
        applied("g3", 1);
        assertThat(settled).isNotDone();

        living = CompletableFuture.completedFuture(known);
        look();

        assertThat(told("g2")).containsExactly("ended a", "barrier 1", "ended a", "barrier 1");
        applied("g2", 1);
        applied("g3", 1);
        assertThat(settled).isCompleted();
    }

    @Test
    void deadGatewayIsNotWaitedFor() {
        announce("a");
        CompletableFuture<?> settled = settled();
        loop.settle();
        applied("g2", 1);

        known = Set.of("self", "g2");
        look();

        assertThat(settled).isCompleted();
    }

    @Test
    void silentGatewayIsWaitedForOnceAndAgainAfterItHasAnswered() {
        announce("a");
        CompletableFuture<?> first = settled();
        loop.settle();
        applied("g2", 1);
        look();
        assertThat(first).isNotDone();

        clock.move(PATIENCE.plusMillis(1));
        look();
        assertThat(first).isCompleted();

        announce("b");
        CompletableFuture<?> second = settled();
        loop.settle();
        applied("g2", 2);
        assertThat(second).as("g3 has said nothing").isCompleted();

        applied("g3", 2);
        announce("c");
        CompletableFuture<?> third = settled();
        loop.settle();
        applied("g2", 3);
        assertThat(third).as("g3 speaks again").isNotDone();
    }
}
