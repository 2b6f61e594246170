// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.QueuedMessage.State;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What gives way when a queue is full. */
interface DropContract extends SessionStoreContractPart {

    @Test
    default void theOldestUnsentMessageGivesWayWhenTheCountIsReached() {
        StoreClient client = offline(new QueueLimits(3, 10_000, DropPolicy.DROP_OLDEST), 0);
        fill(client, "a", "b", "c");

        Enqueued fourth = client.enqueue(store(), Samples.message("d"), 1);

        assertThat(fourth.result()).isEqualTo(Enqueued.Result.STORED);
        assertThat(fourth.dropped()).isEqualTo(1);
        Attached attached = client.attach(store());
        assertThat(Samples.texts(StoreClient.readAll(store(), attached))).containsExactly("b", "c", "d");
        assertThat(attached.firstSeq()).isEqualTo(fourth.seq() - 2);
    }

    @Test
    default void anAttachTellsWhatIsOwedAndWhatWasDroppedSinceTheOneBefore() {
        StoreClient client = offline(new QueueLimits(3, 10_000, DropPolicy.DROP_OLDEST), 0);
        fill(client, "a", "b", "c", "d", "e");

        Attached first = client.attach(store());
        client.detach(store(), first, first.sentMark());
        client.enqueue(store(), Samples.message("f"), 1);
        Attached second = client.attach(store());

        assertThat(first.queued()).isEqualTo(3);
        assertThat(first.dropped()).isEqualTo(2);
        assertThat(second.queued()).isEqualTo(3);
        assertThat(second.dropped()).isEqualTo(1);
    }

    @Test
    default void theNewMessageGivesWayWhenThePolicySaysSo() {
        StoreClient client = offline(new QueueLimits(3, 10_000, DropPolicy.DROP_NEWEST), 0);
        fill(client, "a", "b", "c");

        Enqueued fourth = client.enqueue(store(), Samples.message("d"), 1);

        assertThat(fourth).isEqualTo(new Enqueued(Enqueued.Result.DROPPED, 0, null, 1));
        assertThat(Samples.texts(StoreClient.readAll(store(), client.attach(store()))))
                .containsExactly("a", "b", "c");
    }

    @Test
    default void asManyOldOnesGiveWayAsTheBytesOfTheNewOneNeed() {
        StoreClient client = offline(new QueueLimits(100, 1_000, DropPolicy.DROP_OLDEST), 0);
        for (int i = 0; i < 4; i++) {
            client.enqueue(store(), Samples.ofSize(250), 1);
        }

        Enqueued large = client.enqueue(store(), Samples.ofSize(600), 1);

        assertThat(large.result()).isEqualTo(Enqueued.Result.STORED);
        assertThat(large.dropped()).isEqualTo(3);
        assertThat(Answers.of(store().find("c"))).isNotNull().satisfies(view -> {
            assertThat(view.queuedMessages()).isEqualTo(2);
            assertThat(view.queuedBytes()).isEqualTo(850);
            assertThat(view.droppedMessages()).isEqualTo(3);
        });
    }

    @Test
    default void theNewMessageGivesWayByBytesToo() {
        StoreClient client = offline(new QueueLimits(100, 1_000, DropPolicy.DROP_NEWEST), 0);
        client.enqueue(store(), Samples.ofSize(900), 1);

        assertThat(client.enqueue(store(), Samples.ofSize(101), 1).result()).isEqualTo(Enqueued.Result.DROPPED);
        assertThat(client.enqueue(store(), Samples.ofSize(100), 1).result()).isEqualTo(Enqueued.Result.STORED);
    }

    @Test
    default void aMessageThatCanNeverFitDrivesNobodyOut() {
        StoreClient client = offline(new QueueLimits(100, 1_000, DropPolicy.DROP_OLDEST), 0);
        fill(client, "a", "b");

        Enqueued giant = client.enqueue(store(), Samples.ofSize(1_001), 1);

        assertThat(giant).isEqualTo(new Enqueued(Enqueued.Result.DROPPED, 0, null, 1));
        assertThat(Samples.texts(StoreClient.readAll(store(), client.attach(store()))))
                .containsExactly("a", "b");
    }

    @Test
    default void whatMayHaveBeenSentIsNeverDropped() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST));
        Attached attached = client.attach(store());
        fill(client, "a", "b", "c", "d");
        client.detach(store(), attached, attached.nextSeq() + 1);

        fill(client, "e", "f");
        assertThat(texts(client)).containsExactly("a", "b", "e", "f");
    }

    @Test
    default void theNewMessageGivesWayWhenAllOthersMayHaveBeenSent() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(2, 10_000, DropPolicy.DROP_OLDEST));
        Attached attached = client.attach(store());
        fill(client, "a", "b");
        client.detach(store(), attached, attached.nextSeq() + 1);

        assertThat(client.enqueue(store(), Samples.message("c"), 1).result()).isEqualTo(Enqueued.Result.DROPPED);
        assertThat(texts(client)).containsExactly("a", "b");
    }

    @Test
    default void whatALiveOwnerHasReadIsNeverDropped() {
        StoreClient client = offline(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST), 0);
        fill(client, "a", "b", "c", "d");
        Attached attached = client.attach(store());
        Answers.of(store().read(attached.ref(), attached.firstSeq(), 2, 10_000));

        assertThat(client.enqueue(otherProcess(), Samples.message("e"), 1).dropped())
                .isEqualTo(1);

        assertThat(Samples.texts(StoreClient.readAll(store(), attached))).containsExactly("a", "b", "d", "e");
    }

    @Test
    default void whatAnOwnerThatKeepsUpIsToldOfIsNeverDropped() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(2, 10_000, DropPolicy.DROP_OLDEST));
        Attached attached = client.attach(store());
        fill(client, "a", "b");

        assertThat(client.enqueue(store(), Samples.message("c"), 1).result()).isEqualTo(Enqueued.Result.DROPPED);
        assertThat(Samples.texts(StoreClient.readAll(store(), attached))).containsExactly("a", "b");
    }

    @Test
    default void whatLiesBehindTheReceiveMaximumOfALiveOwnerGivesWayOldestFirst() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST, 2));
        Attached attached = client.attach(store());
        fill(client, "a", "b", "c", "d");

        assertThat(client.enqueue(otherProcess(), Samples.message("e"), 1).dropped())
                .isEqualTo(1);
        assertThat(client.enqueue(otherProcess(), Samples.message("f"), 1).dropped())
                .isEqualTo(1);

        assertThat(Samples.texts(StoreClient.readAll(store(), attached))).containsExactly("a", "b", "e", "f");
    }

    /** What was done behind a message that stays unacknowledged counted as sent and owed. */
    @Test
    default void whatWasDoneOutOfOrderHoldsNoPlaceInTheReceiveMaximum() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST, 2));
        Attached attached = client.attach(store());
        fill(client, "a", "b", "c", "d");
        Answers.of(store().acknowledge(attached.ref(), attached.firstSeq() - 1, new long[] {attached.firstSeq() + 1}));

        assertThat(client.enqueue(otherProcess(), Samples.message("e"), 1).dropped())
                .isZero();
        assertThat(client.enqueue(otherProcess(), Samples.message("f"), 1).dropped())
                .isEqualTo(1);

        assertThat(owedTexts(attached)).containsExactly("a", "c", "e", "f");
    }

    /** What an earlier connection had sent was dropped once its client came back with a smaller Receive Maximum. */
    @Test
    default void whatAnEarlierConnectionHasSentIsNotDroppedForASmallerReceiveMaximum() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST, 4));
        Attached before = client.attach(store());
        fill(client, "a", "b", "c", "d");
        client.detach(store(), before, before.nextSeq() + 2);
        Attached attached = client.with(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST, 1))
                .attach(store());

        assertThat(client.enqueue(otherProcess(), Samples.message("e"), 1).dropped())
                .isEqualTo(1);

        assertThat(owedTexts(attached)).containsExactly("a", "b", "c", "e");
    }

    /** The newest gave way, since all that was queued counted as sent. */
    @Test
    default void afterATakeoverTheOldestThatWasNotSentGivesWay() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(4, 10_000, DropPolicy.DROP_OLDEST, 2));
        Attached before = client.attach(store());
        fill(client, "a", "b", "c", "d");
        Attached attached = client.on("g2").attach(otherProcess());
        Answers.of(store().handOver(before.ref(), before.nextSeq() + 1, List.of()));

        assertThat(client.enqueue(store(), Samples.message("e"), 1).dropped()).isEqualTo(1);
        assertThat(client.enqueue(store(), Samples.message("f"), 1).dropped()).isEqualTo(1);
        client.detach(store(), attached, before.nextSeq() + 1);
        assertThat(client.enqueue(store(), Samples.message("g"), 1).dropped()).isEqualTo(1);

        assertThat(texts(client)).containsExactly("a", "b", "f", "g");
    }

    @Test
    default void anAcknowledgementMakesRoom() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(2, 10_000, DropPolicy.DROP_NEWEST));
        Attached attached = client.attach(store());
        fill(client, "a", "b");
        Answers.of(store().acknowledge(attached.ref(), attached.nextSeq(), new long[0]));

        assertThat(client.enqueue(store(), Samples.message("c"), 1).result()).isEqualTo(Enqueued.Result.STORED);
    }

    @Test
    default void aReleasedMessageHoldsItsPlaceButNoBytes() {
        StoreClient client = StoreClient.named("c").with(new QueueLimits(2, 1_000, DropPolicy.DROP_NEWEST));
        Attached attached = client.attach(store());
        client.enqueue(store(), Samples.ofSize(1_000), 2);
        Answers.of(store().release(attached.ref(), attached.nextSeq()));

        assertThat(client.enqueue(store(), Samples.ofSize(1_000), 1).result()).isEqualTo(Enqueued.Result.STORED);
        assertThat(client.enqueue(store(), Samples.message("c"), 1).result()).isEqualTo(Enqueued.Result.DROPPED);
    }

    @Test
    default void anExpiredMessageGivesWayFirst() {
        StoreClient client = offline(new QueueLimits(3, 10_000, DropPolicy.DROP_OLDEST), 0);
        fill(client, "a");
        long soon = time().nowMillis() + time().step().toMillis();
        client.enqueue(store(), Samples.expiringAt(soon, "a/b", "b"), 1);
        fill(client, "c");
        time().pass(time().step());

        client.enqueue(store(), Samples.message("d"), 1);

        assertThat(texts(client)).containsExactly("a", "c", "d");
    }

    private List<String> owedTexts(Attached attached) {
        return Samples.texts(StoreClient.readAll(store(), attached).stream()
                .filter(one -> one.state() != State.DONE)
                .toList());
    }

    private StoreClient offline(QueueLimits limits, long sentMark) {
        StoreClient client = StoreClient.named("c").with(limits);
        client.detach(store(), client.attach(store()), sentMark);
        return client;
    }

    private void fill(StoreClient client, String... texts) {
        for (String text : texts) {
            client.enqueue(store(), Samples.message(text), 1);
        }
    }

    private List<String> texts(StoreClient client) {
        return Samples.texts(StoreClient.readAll(store(), client.attach(store())));
    }
}
