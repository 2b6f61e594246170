// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.TestThread;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.limits.MemoryBudget;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.memory.MemoryLogStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A log that more sessions read than are woken at once. */
@Tag("unit")
final class LogTailTest {
    private static final String FILTER = "news";
    private static final Duration DAY = Duration.ofDays(1);

    private final TestThread thread = TestThread.keepingSlices();
    private final MemoryLogStore store =
            new MemoryLogStore(InstantSource.system(), new LogLimits(1_000, 1 << 20, DAY), HeldMemory.UNCOUNTED);
    private final LogTail tail = new LogTail(FILTER, store, HeldMemory.UNCOUNTED, thread);
    private final List<Reader> readers =
            IntStream.range(0, 100).mapToObj(i -> new Reader()).toList();

    private static final class Reader extends LogFollower {
        private int woken;

        @Override
        protected void wake() {
            woken++;
        }
    }

    @BeforeEach
    void follow() {
        store.keep(FILTER, DAY);
        readers.forEach(tail::follow);
    }

    private void append() {
        Message message = Message.of(new MessageId(1, 1), FILTER, new byte[8], 1, false, 1);
        Appended appended =
                store.append(FILTER, message, null, false).toCompletableFuture().join();
        tail.appended(new LogEntry(appended.index(), message, null));
    }

    private void wakeAll() {
        while (thread.slice()) {
            // the slice does the work
        }
    }

    @Test
    void eachReaderIsWokenForWhatHasBeenAppended() {
        append();
        wakeAll();

        assertThat(readers).allSatisfy(reader -> assertThat(reader.woken).isEqualTo(1));
        assertThat(readers).noneMatch(tail::isWokenSoon);
    }

    @Test
    void whoIsStillToBeWokenIsSaidToBe() {
        append();
        thread.slice();

        assertThat(readers.get(0).woken).isEqualTo(1);
        assertThat(tail.isWokenSoon(readers.get(0))).isFalse();
        assertThat(readers.get(99).woken).isZero();
        assertThat(tail.isWokenSoon(readers.get(99))).isTrue();
    }

    @Test
    void whoHasBeenWokenIsWokenOnceMoreForWhatIsAppendedMeanwhile() {
        append();
        thread.slice();
        append();
        append();

        assertThat(tail.isWokenSoon(readers.get(0))).isTrue();
        wakeAll();
        assertThat(readers).allSatisfy(reader -> assertThat(reader.woken).isEqualTo(2));
    }

    /** The last one takes the place of the one that leaves, and was passed over. */
    @Test
    void whoTakesThePlaceOfOneThatHasLeftIsWoken() {
        append();
        thread.slice();
        tail.leave(readers.get(3));

        assertThat(tail.isWokenSoon(readers.get(99))).isTrue();
        wakeAll();
        assertThat(readers.get(99).woken).isPositive();
    }

    /**
     * The thread of an append finds the log while somebody reads it; the task comes when the last one has left. What it brought stayed
     * charged for ever.
     */
    @Test
    void nothingIsKeptOfWhatIsAppendedWhenTheLastReaderHasLeft() {
        MemoryAccount memory = new MemoryAccount(new MemoryBudget(1 << 20));
        LogTail audited = new LogTail(FILTER, store, memory, thread);
        Reader last = new Reader();
        audited.follow(last);
        audited.appended(new LogEntry(1, Message.of(new MessageId(1, 1), FILTER, new byte[8], 1, false, 1), null));
        assertThat(memory.held(HeldMemory.Kind.QUEUES)).isPositive();

        audited.leave(last);
        audited.appended(new LogEntry(2, Message.of(new MessageId(1, 2), FILTER, new byte[8], 1, false, 1), null));

        assertThat(memory.held(HeldMemory.Kind.QUEUES)).isZero();
    }
}
