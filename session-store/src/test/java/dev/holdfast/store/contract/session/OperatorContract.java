// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.OperatorAccess.NamePage;
import dev.holdfast.store.session.OperatorAccess.Prolonged;
import dev.holdfast.store.session.OperatorAccess.Purged;
import dev.holdfast.store.session.OperatorAccess.QueuePage;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an operator asks of sessions and does to them. */
interface OperatorContract extends SessionStoreContractPart {
    /** All pages of a search. */
    private static List<String> all(Function<String, NamePage> search) {
        List<String> found = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            NamePage page = search.apply(cursor);
            found.addAll(page.clientIds());
            cursor = page.nextCursor();
        }
        return found;
    }

    @Test
    default void everySessionIsFoundByItsBeginningWhateverCharactersThatHas() {
        List<String> odd = List.of("a*b", "a?b", "a[c]b", "a\\b", "a^-b", "aé{x}b", "a\"b\n");
        odd.forEach(name -> StoreClient.named(name).attach(store()));
        for (int i = 0; i < 40; i++) {
            StoreClient each = StoreClient.named("dev-" + i);
            Attached attached = each.attach(store());
            if (i % 2 == 0) {
                each.detach(store(), attached, 0);
            }
        }

        assertThat(all(cursor -> Answers.of(otherProcess().names("dev-", cursor, 7))))
                .containsOnlyOnceElementsOf(
                        IntStream.range(0, 40).mapToObj(i -> "dev-" + i).toList())
                .hasSize(40);
        assertThat(all(cursor -> Answers.of(store().names("", cursor, 7)))).hasSize(47);
        for (String name : odd) {
            assertThat(all(cursor -> Answers.of(store().names(name.substring(0, name.length() - 1), cursor, 100))))
                    .containsExactly(name);
        }
        assertThat(all(cursor -> Answers.of(store().names("a*", cursor, 100)))).containsExactly("a*b");
        assertThat(all(cursor -> Answers.of(store().names("nobody", cursor, 100))))
                .isEmpty();
    }

    @Test
    default void whatAGatewayHoldsIsFound() {
        StoreClient.named("x-1").on("g1").attach(store());
        StoreClient.named("x-2").on("g2").attach(store());
        StoreClient.named("y-1").on("g1").keptFor(Duration.ZERO).attach(store());
        StoreClient away = StoreClient.named("x-3").on("g1");
        away.detach(store(), away.attach(store()), 0);

        // That a client has left is noted a little later.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(all(cursor -> Answers.of(store().heldBy("g1", "", cursor, 100))))
                        .containsExactlyInAnyOrder("x-1", "y-1"));
        assertThat(all(cursor -> Answers.of(store().heldBy("g1", "x", cursor, 100))))
                .containsExactly("x-1");
        assertThat(all(cursor -> Answers.of(store().heldBy("nobody", "", cursor, 100))))
                .isEmpty();
    }

    @Test
    default void aQueueIsLookedAtWithoutChangingWhatMayGiveWay() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.attach(store());
        client.detach(store(), first, 0);
        client.enqueue(store(), Samples.message("one"), 1);
        client.enqueue(store(), Samples.message("two"), 2);
        client.attach(store());

        List<QueuedMessage> seen = Answers.of(otherProcess().peek("c", 0, 10, 1_000_000));

        assertThat(seen).extracting(QueuedMessage::qos).containsExactly(1, 2);
        assertThat(Answers.of(store().peek("c", seen.get(0).seq() + 1, 10, 1_000_000)))
                .hasSize(1);
        assertThat(Answers.of(store().peek("c", 0, 1, 1_000_000))).hasSize(1);
        assertThat(Answers.of(store().peek("nobody", 0, 10, 1_000_000))).isNull();
        // It was not read: it may go.
        assertThat(Answers.of(store().purge("c"))).isEqualTo(new Purged(2, "g1"));
    }

    @Test
    default void allQueuesAreSummedUpPageByPage() {
        for (int i = 0; i < 40; i++) {
            StoreClient each = StoreClient.named("dev-" + i);
            Attached attached = each.attach(store());
            each.enqueue(store(), Samples.ofSize(100), 1);
            each.enqueue(store(), Samples.ofSize(50), 2);
            if (i % 2 == 0) {
                each.detach(store(), attached, 0);
            }
            if (i == 1) {
                Answers.of(store().acknowledge(attached.ref(), 1, new long[0]));
            }
        }
        StoreClient.named("clean").keptFor(Duration.ZERO).attach(store());
        StoreClient over = StoreClient.named("over").keptFor(time().step());
        Attached attached = over.attach(store());
        over.enqueue(store(), Samples.ofSize(100), 1);
        over.detach(store(), attached, 0);
        time().pass(time().steps(2));

        long messages = 0;
        long bytes = 0;
        String cursor = "";
        while (cursor != null) {
            QueuePage page = Answers.of(otherProcess().queues(cursor, 7));
            messages += page.messages();
            bytes += page.bytes();
            cursor = page.nextCursor();
        }

        assertThat(messages).isEqualTo(40 * 2 - 1);
        assertThat(bytes).isEqualTo(40 * 150 - 100);
    }

    @Test
    default void aPurgeLeavesWhatMayHaveBeenSent() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        for (int i = 0; i < 5; i++) {
            client.enqueue(store(), Samples.ofSize(50), 1);
        }
        client.detach(store(), attached, 2);

        assertThat(Answers.of(otherProcess().purge("c"))).isEqualTo(new Purged(3, null));

        SessionView view = Answers.of(store().find("c"));
        assertThat(view.queuedMessages()).isEqualTo(2);
        assertThat(view.queuedBytes()).isEqualTo(100);
        assertThat(view.droppedMessages()).isEqualTo(3);
        assertThat(Answers.of(store().purge("c"))).isEqualTo(new Purged(0, null));
        assertThat(Answers.of(store().purge("nobody"))).isNull();
        Attached again = client.attach(store());
        client.enqueue(store(), Samples.message("later"), 1);
        assertThat(Answers.of(store().read(again.ref(), 1, 10, 1_000_000)))
                .extracting(QueuedMessage::seq)
                .hasSize(3)
                .startsWith(1L, 2L);
    }

    @Test
    default void aSessionIsKeptForAsLongAsTheOperatorSays() {
        StoreClient longer = StoreClient.named("longer").keptFor(time().steps(2));
        longer.detach(store(), longer.attach(store()), 0);
        StoreClient shorter = StoreClient.named("shorter").keptFor(Duration.ofHours(1));
        shorter.detach(store(), shorter.attach(store()), 0);

        assertThat(Answers.of(otherProcess().prolong("longer", Duration.ofHours(1))))
                .isEqualTo(new Prolonged(true, null));
        assertThat(Answers.of(otherProcess().prolong("shorter", time().step()))).isEqualTo(new Prolonged(true, null));
        time().pass(time().steps(3));

        assertThat(Answers.of(store().sweep(10)).expired())
                .extracting(erased -> erased.ref().clientId())
                .containsExactly("shorter");
        assertThat(Answers.of(store().find("longer")))
                .isNotNull()
                .satisfies(view -> assertThat(view.expiry()).isEqualTo(Duration.ofHours(1)))
                .satisfies(view -> assertThat(view.endsAt()).isNotNull());
    }

    @Test
    default void aCleanSessionIsNotKeptWhateverTheOperatorSays() {
        StoreClient.named("clean").keptFor(Duration.ZERO).attach(store());
        StoreClient.named("kept").attach(store());

        assertThat(Answers.of(store().prolong("clean", Duration.ofHours(1)))).isEqualTo(new Prolonged(false, "g1"));
        assertThat(Answers.of(store().prolong("kept", Duration.ofHours(2)))).isEqualTo(new Prolonged(true, "g1"));
        assertThat(Answers.of(store().prolong("nobody", Duration.ofHours(2)))).isNull();
        assertThat(Answers.of(store().find("clean")).expiry()).isEqualTo(Duration.ZERO);
    }

    @Test
    default void aWillThatWaitsIsSeen() {
        StoreClient client = StoreClient.named("c").with(Samples.will("end", Duration.ofMinutes(1)));
        Attached attached = client.attach(store());
        SessionView online = Answers.of(store().find("c"));
        client.detach(store(), attached, 0);
        SessionView offline = Answers.of(store().find("c"));

        assertThat(online.hasWill()).isTrue();
        assertThat(online.willDueAt()).isNull();
        assertThat(offline.hasWill()).isTrue();
        assertThat(offline.willDueAt()).isNotNull().isBefore(offline.endsAt());
    }
}
