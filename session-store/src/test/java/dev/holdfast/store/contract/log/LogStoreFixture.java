// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.log;

import dev.holdfast.store.contract.Time;
import dev.holdfast.store.log.LogStore;

/** An empty log store for one test. */
public interface LogStoreFixture extends AutoCloseable {

    /** The store under test, with the limits that the test asked for; the same at every call. */
    LogStore store();

    /** The same logs as another process sees them, or the store itself. */
    LogStore otherProcess();

    /** The store's time. */
    Time time();

    /** Ends both stores and removes what they hold. */
    @Override
    void close();
}
