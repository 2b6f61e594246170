// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.TestThread;
import dev.holdfast.gateway.unit.InboxInMemory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What waits for another gateway, over an inbox that answers when the test says so. */
@Tag("unit")
class OutboxTest {
    private final InboxInMemory inbox = InboxInMemory.byHand();
    private final TestThread thread = new TestThread();
    private final Outbox outbox = new Outbox(inbox, new EntryWriter(inbox.writer("g2"), null, thread), "g2");

    @Test
    void aNoteAloneLeavesAtOnce() {
        outbox.send(note("a"));
        inbox.answer(0);
        outbox.send(note("b"));

        assertThat(inbox.texts("g2")).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    void whatComesMeanwhileRidesInTheNextEntryInOrder() {
        outbox.send(note("a"));
        outbox.send(note("b"));
        outbox.send(note("c"));

        assertThat(inbox.texts("g2")).containsExactly(List.of("a"));
        inbox.answer(0);
        assertThat(inbox.texts("g2")).containsExactly(List.of("a"), List.of("b", "c"));
    }

    @Test
    void theEntryAfterALargeOneLeavesByItself() {
        List<String> many = IntStream.range(0, 500).mapToObj(Integer::toString).toList();
        outbox.send(note("first"));
        many.forEach(each -> outbox.send(note(each)));
        inbox.answer(0);
        outbox.send(note("last"));
        inbox.answer(1);
        assertThat(inbox.texts("g2")).as("before its time").containsExactly(List.of("first"), many);

        assertThat(inbox.timePasses()).isPositive();
        await().untilAsserted(
                        () -> assertThat(inbox.texts("g2")).containsExactly(List.of("first"), many, List.of("last")));
    }

    @Test
    void whoWaitsForANoteHearsWhetherItIsThereAndAFailureHoldsNobodyUp() {
        CompletableFuture<?> first = outbox.deliver(note("a"));
        CompletableFuture<?> second = outbox.deliver(note("b"));
        assertThat(first).isNotDone();

        inbox.fail(0);
        assertThat(first).isCompletedExceptionally();
        assertThat(second).isNotDone();

        inbox.answer(1);
        assertThat(second).isCompleted();
    }

    /** Of a gateway that has just joined others may hear before it is seen among the living. */
    @Test
    void whatIsForAGatewayThatIsNotSeenTwiceInARowIsGivenUp() {
        Outboxes outboxes = new Outboxes(inbox, null, thread);
        Outbox first = outboxes.of("g2");

        outboxes.living(Set.of("g1"));
        outboxes.living(Set.of("g1", "g2"));
        outboxes.living(Set.of("g1"));
        assertThat(outboxes.of("g2")).isSameAs(first);
        assertThat(inbox.closed()).isEqualTo(0);

        outboxes.living(Set.of("g1"));
        assertThat(inbox.closed()).isEqualTo(1);
        assertThat(outboxes.of("g2")).isNotSameAs(first);
    }

    private static byte[] note(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
