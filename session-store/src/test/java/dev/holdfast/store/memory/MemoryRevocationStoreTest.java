// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.RevocationStore;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.RevocationStoreContract;
import dev.holdfast.store.contract.RevocationStoreFixture;
import dev.holdfast.store.contract.Time;
import org.junit.jupiter.api.Tag;

/** The revocation store in memory keeps the contract. */
@Tag("unit")
final class MemoryRevocationStoreTest extends RevocationStoreContract {

    @Override
    protected RevocationStoreFixture open(int most) {
        MovableTime clock = new MovableTime();
        MemoryRevocationStore store = new MemoryRevocationStore(clock, most);
        return new RevocationStoreFixture() {
            @Override
            public RevocationStore store() {
                return store;
            }

            @Override
            public RevocationStore otherProcess() {
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
