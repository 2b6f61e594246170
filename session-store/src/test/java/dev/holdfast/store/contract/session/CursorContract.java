// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueuedMessage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How far a session has come in logs is part of the session. */
interface CursorContract extends SessionStoreContractPart {
    /** A realistic index: logs begin at the time in microseconds. */
    long FIRST = 1_800_000_000_000_000L;

    @Test
    default void whoeverResumesASessionFindsItsCursorsAsTheyWereKept() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.attach(store());
        LogCursor news = new LogCursor(
                255,
                new Subscription("news/#", 2, true, true, 1, 268_435_455),
                FIRST,
                FIRST + 127,
                FIRST + 128,
                new long[] {FIRST + 1, FIRST + 127},
                new long[] {FIRST, FIRST + 126});
        LogCursor weather = LogCursor.beginning(0, Subscription.of("weather/ü", 1), FIRST);

        assertThat(Answers.of(store().keepCursors(first.ref(), List.of(news, weather))))
                .isTrue();

        Attached second = client.on("g2").attach(otherProcess());
        assertThat(second.cursors())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactlyInAnyOrder(news, weather);
        assertThat(second.identifiers()).isEqualTo(LogCursor.QUEUE_IDENTIFIERS);
        assertThat(second.subscriptions()).isEmpty();
        assertThat(Answers.of(otherProcess().find("c"))).satisfies(view -> {
            assertThat(view.cursors()).hasSize(2);
            assertThat(view.subscriptions()).isEmpty();
            assertThat(view.identifiers()).isEqualTo(LogCursor.QUEUE_IDENTIFIERS);
        });
    }

    @Test
    default void aSessionWithCursorsAloneIsInNoRoutes() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        Answers.of(store().keepCursors(
                        attached.ref(), List.of(LogCursor.beginning(0, Subscription.of("news/#", 1), FIRST))));

        assertThat(Answers.of(store().routes("", 100)).sessions()).isEmpty();
    }

    @Test
    default void aCursorReplacesTheOneInItsSlotAndOneThatIsOverIsForgotten() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        Subscription news = Subscription.of("news/#", 1);
        Answers.of(store().keepCursors(attached.ref(), List.of(LogCursor.beginning(3, news, FIRST))));
        LogCursor further = LogCursor.beginning(3, news, FIRST + 10);
        Answers.of(store().keepCursors(attached.ref(), List.of(further)));
        assertThat(client.attach(store()).cursors())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(further);

        Attached last = client.attach(store());
        LogCursor over = new LogCursor(3, news, FIRST + 20, FIRST + 19, FIRST + 20, new long[0], new long[0]);
        Answers.of(store().keepCursors(last.ref(), List.of(over)));

        Attached after = client.attach(store());
        assertThat(after.cursors()).isEmpty();
        assertThat(after.identifiers())
                .as("messages of the queue may be under way by then")
                .isEqualTo(LogCursor.QUEUE_IDENTIFIERS);
    }

    @Test
    default void aDisplacedOwnerKeepsNoCursor() {
        StoreClient client = StoreClient.named("c");
        Attached displaced = client.attach(store());
        client.on("g2").attach(otherProcess());

        Answers.assertStale(store().keepCursors(
                        displaced.ref(), List.of(LogCursor.beginning(0, Subscription.of("news/#", 1), FIRST))));

        assertThat(client.attach(store()).cursors()).isEmpty();
    }

    @Test
    default void theLastWordOfADisplacedOwnerSaysHowFarItHasComeAndNotWhatTheLaterOneHasSent() {
        StoreClient client = StoreClient.named("c");
        Attached displaced = client.attach(store());
        Subscription news = Subscription.of("news/#", 2);
        Subscription weather = Subscription.of("weather/#", 1);
        Answers.of(store().keepCursors(
                        displaced.ref(),
                        List.of(LogCursor.beginning(0, news, FIRST), LogCursor.beginning(1, weather, FIRST))));
        Attached later = client.on("g2").attach(otherProcess());
        LogCursor last =
                new LogCursor(0, news, FIRST + 5, FIRST + 9, 0, new long[] {FIRST + 7}, new long[] {FIRST + 6});
        LogCursor over = new LogCursor(1, weather, FIRST + 3, FIRST + 2, FIRST + 3, new long[0], new long[0]);

        Answers.of(store().handOver(displaced.ref(), 0, List.of(last, over)));

        assertThat(Answers.of(otherProcess().find("c")).cursors())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(last.withoutMark());
        assertThat(last.isMarkSure()).isTrue();
        assertThat(last.withoutMark().isMarkSure()).isFalse();
        Answers.of(otherProcess().keepCursors(later.ref(), List.of(last)));
        assertThat(client.attach(store()).cursors())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(last);
    }

    @Test
    default void theLastWordOfADisplacedOwnerComesTooLateOnceTheLaterOneHasKeptCursors() {
        StoreClient client = StoreClient.named("c");
        Attached displaced = client.attach(store());
        Subscription news = Subscription.of("news/#", 2);
        Answers.of(store().keepCursors(displaced.ref(), List.of(LogCursor.beginning(0, news, FIRST))));
        Attached later = client.on("g2").attach(otherProcess());
        LogCursor released = new LogCursor(0, news, FIRST, FIRST + 127, 0, new long[0], new long[] {FIRST + 6});
        Answers.of(otherProcess().keepCursors(later.ref(), List.of(released)));

        Answers.of(store().handOver(displaced.ref(), 0, List.of(LogCursor.beginning(0, news, FIRST + 5))));

        assertThat(Answers.of(otherProcess().find("c")).cursors())
                .as("the PUBREC that the later owner has had is not forgotten")
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(released);
    }

    @Test
    default void aCleanStartForgetsTheCursors() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        Answers.of(store().keepCursors(
                        attached.ref(), List.of(LogCursor.beginning(0, Subscription.of("news/#", 1), FIRST))));

        Attached anew = client.cleanStart().attach(store());

        assertThat(anew.cursors()).isEmpty();
        assertThat(anew.identifiers()).isEqualTo(QueuedMessage.IDENTIFIERS);
    }

    @Test
    default void aQueueWithMessagesOfHighSeqsKeepsItsIdentifiersUntilTheyAreDone() {
        StoreClient client = StoreClient.named("c").keptFor(Duration.ofHours(1));
        Attached attached = client.attach(store());
        List<LogCursor> news = List.of(LogCursor.beginning(0, Subscription.of("news/#", 1), FIRST));
        long seq = 0;
        while (seq <= LogCursor.LOW_SEQS) {
            // Many are under way at once: waiting for one after the other would take a minute.
            List<CompletionStage<List<Enqueued>>> sent = IntStream.range(0, 250)
                    .mapToObj(n -> store().enqueue(Samples.message("m"), List.of(Samples.to("c", 1)), false))
                    .toList();
            for (CompletionStage<List<Enqueued>> one : sent) {
                seq = Answers.of(one).get(0).seq();
            }
            Answers.of(store().acknowledge(attached.ref(), seq - 1, new long[0]));
        }

        assertThat(Answers.of(store().keepCursors(attached.ref(), news)))
                .as("one of its messages may have an identifier of the upper half")
                .isFalse();
        assertThat(Answers.of(otherProcess().find("c")).cursors()).isEmpty();

        Answers.of(store().acknowledge(attached.ref(), seq, new long[0]));
        assertThat(Answers.of(store().keepCursors(attached.ref(), news))).isTrue();

        long next = client.enqueue(store(), Samples.message("next"), 1).seq();
        assertThat(next).isGreaterThan(seq);
        assertThat(QueuedMessage.packetId(next, QueuedMessage.IDENTIFIERS))
                .as("the identifier is the same whether the owner has heard of the cursors or not")
                .isEqualTo(QueuedMessage.packetId(next, LogCursor.QUEUE_IDENTIFIERS));
        assertThat(Samples.texts(Answers.of(store().read(attached.ref(), seq + 1, 10, 1_000))))
                .containsExactly("next");
    }
}
