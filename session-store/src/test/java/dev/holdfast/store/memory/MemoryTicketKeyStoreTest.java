// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.TicketKeyStoreContract;
import dev.holdfast.store.contract.TicketKeyStoreFixture;
import dev.holdfast.store.contract.Time;
import org.junit.jupiter.api.Tag;

/** The store of ticket keys in memory keeps the contract. */
@Tag("unit")
final class MemoryTicketKeyStoreTest extends TicketKeyStoreContract {

    @Override
    protected TicketKeyStoreFixture open() {
        MovableTime clock = new MovableTime();
        MemoryTicketKeyStore store =
                new MemoryTicketKeyStore(clock, new TicketKeyStore.Life(clock.step(), clock.steps(3)));
        return new TicketKeyStoreFixture() {
            @Override
            public TicketKeyStore store() {
                return store;
            }

            @Override
            public TicketKeyStore otherProcess() {
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
