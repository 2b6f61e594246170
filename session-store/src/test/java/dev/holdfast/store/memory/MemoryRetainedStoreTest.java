// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.contract.CountedMemory;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.RetainedStoreContract;
import dev.holdfast.store.contract.RetainedStoreFixture;
import dev.holdfast.store.contract.Time;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The retained store in memory keeps the contract. */
@Tag("unit")
final class MemoryRetainedStoreTest extends RetainedStoreContract {
    private final CountedMemory memory = new CountedMemory();

    @Override
    protected RetainedStoreFixture open(RetainedLimits limits) {
        MovableTime clock = new MovableTime();
        MemoryRetainedStore store = new MemoryRetainedStore(clock, limits, memory);
        return new RetainedStoreFixture() {
            @Override
            public RetainedStore store() {
                return store;
            }

            @Override
            public RetainedStore otherProcess() {
                return store;
            }

            @Override
            public Time time() {
                return clock;
            }

            @Override
            public void close() {
                store.close();
                memory.assertNothingHeld();
            }
        };
    }

    @Test
    void aMessageForWhichMemoryHasNoRoomIsNotKeptAndAnOldOneStays() {
        MemoryRetainedStore store =
                new MemoryRetainedStore(InstantSource.system(), new RetainedLimits(10, 100_000), memory);
        store.retain(message("a", 1_000));
        memory.room(5_000);

        assertThat(store.retain(message("b", 10_000)).toCompletableFuture().join())
                .isFalse();
        assertThat(store.retain(message("a", 10_000)).toCompletableFuture().join())
                .isFalse();
        assertThat(store.retain(message("b", 2_000)).toCompletableFuture().join())
                .isTrue();
        memory.room(0);
        assertThat(store.retain(message("a", 500)).toCompletableFuture().join())
                .as("a smaller one in place of the old one")
                .isTrue();

        assertThat(memory.timesRefused(HeldMemory.Kind.RETAINED)).isEqualTo(2);
        assertThat(store.find(List.of("a", "b")).toCompletableFuture().join()).hasSize(2);
        store.clear("a", 0);
        store.clear("b", 0);
        memory.assertNothingHeld();
    }

    private static Message message(String topic, int payloadBytes) {
        return Message.of(new MessageId(1, 1), topic, new byte[payloadBytes], 1, true, 0);
    }
}
