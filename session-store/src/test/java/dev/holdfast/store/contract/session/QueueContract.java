// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.QueuedMessage.State;
import dev.holdfast.store.session.SentMark;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The outbound queue: order, seqs, reading, acknowledging, the QoS 2 exchange, and repetition. */
interface QueueContract extends SessionStoreContractPart {

    @Test
    default void messagesAreReadInTheOrderInWhichTheyWereQueued() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());

        for (int i = 0; i < 100; i++) {
            Enqueued enqueued = client.enqueue(otherProcess(), Samples.message("m" + i), i % 3);
            assertThat(enqueued).isEqualTo(new Enqueued(Enqueued.Result.STORED, i + attached.nextSeq(), "g1", 0));
        }

        List<QueuedMessage> queued = StoreClient.readAll(store(), attached);
        assertThat(queued).hasSize(100);
        for (int i = 0; i < 100; i++) {
            QueuedMessage one = queued.get(i);
            assertThat(one.seq()).isEqualTo(attached.nextSeq() + i);
            assertThat(one.qos()).isEqualTo(i % 3);
            assertThat(one.state()).isEqualTo(State.QUEUED);
            assertThat(one.message()).isNotNull();
            assertThat(Samples.text(one.message())).isEqualTo("m" + i);
        }
    }

    @Test
    default void aQueuedMessageIsReadAsItWas() {
        StoreClient client = StoreClient.named("c");
        client.detach(store(), client.attach(store()), 0);
        byte[] body = {0, 1, 't', 2, 1, 1, 5, 6, (byte) 0xFF};
        long expiresAt = time().nowMillis() + 3_600_000;
        Message message = new Message(Samples.newId(), body, 3, 6, 2, true, 1_234_567_890_123L, expiresAt);
        EnqueueTarget target = new EnqueueTarget("c", 1, true, new int[] {7, 268_435_455});

        Answers.of(store().enqueue(message, List.of(target), false));

        QueuedMessage read = StoreClient.readAll(otherProcess(), client.attach(otherProcess()))
                .get(0);
        assertThat(read.qos()).isEqualTo(1);
        assertThat(read.retain()).isTrue();
        assertThat(read.subscriptionIdentifiers()).containsExactly(7, 268_435_455);
        assertThat(read.message()).isNotNull().satisfies(same -> {
            assertThat(same.id()).isEqualTo(message.id());
            assertThat(same.body()).isEqualTo(body);
            assertThat(same.topic()).isEqualTo("t");
            assertThat(same.propertiesOffset()).isEqualTo(3);
            assertThat(same.payloadOffset()).isEqualTo(6);
            assertThat(same.qos()).isEqualTo(2);
            assertThat(same.isRetain()).isTrue();
            assertThat(same.arrivedAtMillis()).isEqualTo(1_234_567_890_123L);
            assertThat(same.expiresAtMillis()).isEqualTo(expiresAt);
        });
    }

    @Test
    default void eachTargetIsAnsweredForItself() {
        StoreClient online = StoreClient.named("online").on("g7");
        online.attach(store());
        StoreClient offline = StoreClient.named("offline");
        offline.detach(store(), offline.attach(store()), 0);
        StoreClient clean = StoreClient.named("clean").keptFor(Duration.ZERO);
        clean.attach(store());

        List<Enqueued> answers = Answers.of(store().enqueue(
                        Samples.message("1"),
                        List.of(
                                Samples.to("nobody", 1),
                                Samples.to("online", 1),
                                Samples.to("clean", 1),
                                Samples.to("offline", 0)),
                        false));

        assertThat(answers)
                .extracting(Enqueued::result)
                .containsExactly(
                        Enqueued.Result.NO_SESSION,
                        Enqueued.Result.STORED,
                        Enqueued.Result.NO_SESSION,
                        Enqueued.Result.STORED);
        assertThat(answers).extracting(Enqueued::owner).containsExactly(null, "g7", null, null);
    }

    @Test
    default void aSeqIsNeverGivenTwice() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long last = 0;
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 3; i++) {
                long seq = client.enqueue(store(), Samples.message("m"), 1).seq();
                assertThat(seq).isGreaterThan(last);
                last = seq;
            }
            Answers.of(store().acknowledge(attached.ref(), last, new long[0]));
            client.detach(store(), attached, last);
            attached = client.attach(store());
            assertThat(attached.nextSeq()).isGreaterThan(last);
            assertThat(attached.firstSeq()).isEqualTo(attached.nextSeq());
        }
    }

    @Test
    default void aQueueThatGrowsWhileItIsEmptiedKeepsItsOrder() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = attached.nextSeq();
        long next = first;
        for (int round = 1; round <= 30; round++) {
            next = fill(client, next, round % 7 + 2);
            first += round % 5;
            Answers.of(store().acknowledge(attached.ref(), first - 1, new long[0]));
        }

        List<QueuedMessage> queued = StoreClient.readAll(store(), attached);
        assertThat(queued).hasSize((int) (next - first));
        for (QueuedMessage one : queued) {
            assertThat(one.seq()).isEqualTo(first);
            assertThat(Samples.text(one.message())).isEqualTo("s" + first++);
        }
    }

    @Test
    default void aReadIsBoundedByMessagesAndByBytes() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        for (int i = 0; i < 10; i++) {
            client.enqueue(store(), Samples.ofSize(100), 1);
        }
        SessionRef ref = attached.ref();
        long first = attached.firstSeq();

        assertThat(Samples.seqs(Answers.of(store().read(ref, first + 3, 2, 10_000))))
                .containsExactly(first + 3, first + 4);
        assertThat(Answers.of(store().read(ref, first, 10, 300))).hasSize(3);
        assertThat(Answers.of(store().read(ref, first, 10, 201))).hasSize(3);
        assertThat(Answers.of(store().read(ref, first, 10, 1))).hasSize(1);
        assertThat(Answers.of(store().read(ref, first + 10, 10, 300))).isEmpty();
        assertThat(StoreClient.readAll(store(), attached)).hasSize(10);
    }

    @Test
    default void anAcknowledgementIsCumulative() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);

        Answers.of(store().acknowledge(attached.ref(), first + 2, new long[0]));
        Answers.of(store().acknowledge(attached.ref(), first, new long[0]));

        assertThat(Samples.seqs(StoreClient.readAll(store(), attached))).containsExactly(first + 3, first + 4);
        Attached again = client.attach(otherProcess());
        assertThat(again.firstSeq()).isEqualTo(first + 3);
        assertThat(again.nextSeq()).isEqualTo(first + 5);
    }

    @Test
    default void whatIsDoneOutOfOrderIsOwedNoMoreAndLeavesWithThoseBeforeIt() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);

        Answers.of(store().acknowledge(attached.ref(), first, new long[] {first + 2, first + 3}));

        Attached again = client.attach(store());
        assertThat(again.firstSeq()).isEqualTo(first + 1);
        assertThat(owed(again)).containsExactly(first + 1, first + 4);

        Answers.of(store().acknowledge(again.ref(), first + 1, new long[0]));

        Attached last = client.attach(store());
        assertThat(owed(last)).containsExactly(first + 4);
        assertThat(last.firstSeq()).isEqualTo(first + 4);
    }

    /** Each that was done behind it left a position, however many they became. */
    @Test
    default void aMessageThatIsNeverAcknowledgedMakesTheQueueNoLonger() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long stuck = client.enqueue(store(), Samples.message("stuck"), 1).seq();
        for (int round = 0; round < 40; round++) {
            List<CompletableFuture<List<Enqueued>>> batch = IntStream.range(0, 25)
                    .mapToObj(i -> store().enqueue(Samples.message("m"), List.of(Samples.to("c", 1 + i % 2)), false)
                            .toCompletableFuture())
                    .toList();
            long[] seqs = batch.stream()
                    .mapToLong(one -> Answers.of(one).get(0).seq())
                    .toArray();
            long last = seqs[24];
            // Acknowledged in another order than sent, the latest in the next call.
            Answers.of(store().acknowledge(attached.ref(), stuck - 1, Arrays.copyOf(seqs, 24)));
            Answers.of(store().acknowledge(attached.ref(), stuck - 1, new long[] {last}));

            assertThat(owed(attached)).containsExactly(stuck);
            assertThat(StoreClient.readAll(store(), attached)).hasSizeLessThan(100);
        }
        long behind = client.enqueue(store(), Samples.message("behind"), 1).seq();
        Attached again = client.attach(otherProcess());

        assertThat(behind).isEqualTo(stuck + 1_001);
        assertThat(again.firstSeq()).isEqualTo(stuck);
        assertThat(owed(again)).containsExactly(stuck, behind);
        assertThat(Answers.of(store().find("c")))
                .isNotNull()
                .satisfies(view -> assertThat(view.queuedMessages()).isEqualTo(2));
        Answers.of(store().acknowledge(again.ref(), stuck, new long[0]));
        assertThat(owed(again)).containsExactly(behind);
    }

    @Test
    default void aReleasedMessageIsReadAsReleasedByWhoeverResumes() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 3, 2);

        Answers.of(store().release(attached.ref(), first + 1));
        Answers.of(store().release(attached.ref(), first + 1));
        client.detach(store(), attached, first + 2);

        List<QueuedMessage> queued = StoreClient.readAll(otherProcess(), client.attach(otherProcess()));
        assertThat(queued).extracting(QueuedMessage::state).containsExactly(State.QUEUED, State.RELEASED, State.QUEUED);
        assertThat(queued.get(1).message()).isNull();
        assertThat(queued.get(1).seq()).isEqualTo(first + 1);
        assertThat(queued.get(1).qos()).isEqualTo(2);
    }

    @Test
    default void aReleasedMessageIsDoneByItsAcknowledgement() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 2, 2);
        Answers.of(store().release(attached.ref(), first));

        Answers.of(store().acknowledge(attached.ref(), first, new long[0]));

        assertThat(owed(attached)).containsExactly(first + 1);
    }

    @Test
    default void theSentMarkOfADepartureComesBackAtTheNextAttach() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);

        client.detach(store(), attached, first + 2);

        assertThat(client.attach(otherProcess()).sentMark()).isEqualTo(first + 2);
    }

    @Test
    default void aDisplacedOwnerMayHaveSentWhatItRead() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);
        StoreClient.readAll(store(), attached);

        Attached next = client.on("g2").attach(otherProcess());

        assertThat(next.sentMark()).isEqualTo(first + 4);
    }

    /** Everything queued counted as sent after a takeover, so that it came with DUP and could not give way. */
    @Test
    default void aDisplacedOwnerThatHandsOverHasSentNoMoreThanItSays() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);
        StoreClient.readAll(store(), attached);
        Attached next = client.on("g2").attach(otherProcess());
        assertThat(Answers.of(store().sentMark(next.ref()))).isEqualTo(new SentMark(first + 4, false));

        Answers.of(store().handOver(attached.ref(), first + 1, List.of()));

        assertThat(Answers.of(otherProcess().sentMark(next.ref()))).isEqualTo(new SentMark(first + 1, true));
        Answers.of(store().handOver(attached.ref(), first + 3, List.of()));
        assertThat(Answers.of(store().sentMark(next.ref())).seq()).isEqualTo(first + 1);
    }

    @Test
    default void whatWasSentBeforeADisplacedOwnerCameStaysSent() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);
        client.detach(store(), attached, first + 2);
        Attached displaced = client.attach(store());
        Attached next = client.on("g2").attach(otherProcess());

        Answers.of(store().handOver(displaced.ref(), first, List.of()));

        assertThat(Answers.of(store().sentMark(next.ref()))).isEqualTo(new SentMark(first + 2, true));
    }

    @Test
    default void aDisplacedOwnerThatHandsOverTooLateChangesNothing() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        long first = fill(client, attached, 5, 1);
        Attached next = client.on("g2").attach(otherProcess());
        client.detach(store(), next, first + 3);

        Answers.of(store().handOver(attached.ref(), first, List.of()));

        Attached last = client.attach(store());
        assertThat(last.sentMark()).isEqualTo(next.sentMark());
        assertThat(Answers.failureOf(store().sentMark(next.ref()))).isInstanceOf(StaleSessionException.class);
    }

    @Test
    default void aRepeatedMessageIsStoredOnceWhereverItStands() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        Message waiting = Samples.message("waiting");
        Message released = Samples.message("released");
        Message done = Samples.message("done");
        client.enqueue(store(), done, 2);
        long second = client.enqueue(store(), released, 2).seq();
        client.enqueue(store(), waiting, 1);
        Answers.of(store().acknowledge(attached.ref(), second - 1, new long[0]));
        Answers.of(store().release(attached.ref(), second));

        assertThat(client.enqueueAgain(otherProcess(), waiting, 1).result()).isEqualTo(Enqueued.Result.REPEATED);
        assertThat(client.enqueueAgain(otherProcess(), released, 2).result()).isEqualTo(Enqueued.Result.REPEATED);
        assertThat(client.enqueueAgain(otherProcess(), done, 2).result()).isEqualTo(Enqueued.Result.REPEATED);
        assertThat(client.enqueueAgain(otherProcess(), Samples.message("new"), 2)
                        .result())
                .isEqualTo(Enqueued.Result.STORED);

        assertThat(Samples.texts(StoreClient.readAll(store(), attached))).containsExactly("RELEASED", "waiting", "new");
    }

    @Test
    default void aQos2MessageThatWasDoneOutOfOrderIsKnownToo() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        client.enqueue(store(), Samples.message("before"), 2);
        Message message = Samples.message("done");
        long seq = client.enqueue(store(), message, 2).seq();
        Answers.of(store().release(attached.ref(), seq));
        Answers.of(store().acknowledge(attached.ref(), seq - 2, new long[] {seq}));

        assertThat(client.enqueueAgain(store(), message, 2).result()).isEqualTo(Enqueued.Result.REPEATED);
    }

    @Test
    default void aMessageThatSomeTargetsHaveIsGivenToTheOthers() {
        StoreClient first = StoreClient.named("first");
        StoreClient second = StoreClient.named("second");
        first.attach(store());
        second.attach(store());
        Message message = Samples.message("1");
        first.enqueue(store(), message, 2);

        List<Enqueued> answers =
                Answers.of(store().enqueue(message, List.of(Samples.to("first", 2), Samples.to("second", 2)), true));

        assertThat(answers)
                .extracting(Enqueued::result)
                .containsExactly(Enqueued.Result.REPEATED, Enqueued.Result.STORED);
    }

    private long fill(StoreClient client, long nextSeq, int count) {
        long seq = nextSeq;
        for (int i = 0; i < count; i++) {
            assertThat(client.enqueue(store(), Samples.message("s" + seq), 1).seq())
                    .isEqualTo(seq);
            seq++;
        }
        return seq;
    }

    private long fill(StoreClient client, Attached attached, int count, int qos) {
        for (int i = 0; i < count; i++) {
            client.enqueue(store(), Samples.message("m" + i), qos);
        }
        return attached.nextSeq();
    }

    private List<Long> owed(Attached attached) {
        return StoreClient.readAll(store(), attached).stream()
                .filter(one -> one.state() != State.DONE)
                .map(QueuedMessage::seq)
                .toList();
    }
}
