// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.contract.CountedMemory;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.contract.log.LogStoreContract;
import dev.holdfast.store.contract.log.LogStoreFixture;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogStore;
import org.junit.jupiter.api.Tag;

/** The log store in memory keeps the contract, and gives back what it is charged. */
@Tag("unit")
final class MemoryLogStoreTest extends LogStoreContract {
    private final CountedMemory memory = new CountedMemory();

    @Override
    protected LogStoreFixture open(LogLimits limits) {
        MovableTime clock = new MovableTime();
        MemoryLogStore store = new MemoryLogStore(clock, limits, memory);
        return new LogStoreFixture() {
            @Override
            public LogStore store() {
                return store;
            }

            @Override
            public LogStore otherProcess() {
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
}
