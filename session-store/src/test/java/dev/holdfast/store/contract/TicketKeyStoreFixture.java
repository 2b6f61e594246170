// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import dev.holdfast.store.TicketKeyStore;

/** An empty store of ticket keys for one test. */
public interface TicketKeyStoreFixture extends AutoCloseable {

    /** The store under test: a new key is due after one {@link Time#step}, and each is kept for three. */
    TicketKeyStore store();

    /** The same keys as another process sees them, or the store itself. */
    TicketKeyStore otherProcess();

    /** The store's time. */
    Time time();

    /** Ends both stores. */
    @Override
    void close();
}
