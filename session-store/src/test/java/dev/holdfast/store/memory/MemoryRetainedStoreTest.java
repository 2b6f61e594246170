// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.RetainedLimits;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.RetainedStoreContract;
import dev.holdfast.store.contract.RetainedStoreFixture;
import dev.holdfast.store.contract.Time;

/** The retained store in memory keeps the contract. */
final class MemoryRetainedStoreTest extends RetainedStoreContract {

    @Override
    protected RetainedStoreFixture open(RetainedLimits limits) {
        MovableTime clock = new MovableTime();
        MemoryRetainedStore store = new MemoryRetainedStore(clock, limits);
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
            }
        };
    }
}
