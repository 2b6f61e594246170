// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import dev.holdfast.store.RetainedStore;

/** An empty retained store for one test. */
public interface RetainedStoreFixture extends AutoCloseable {

    /** The store under test, with the limits the test asked for; the same at every call. */
    RetainedStore store();

    /** The same messages as another process sees them, or the store itself. */
    RetainedStore otherProcess();

    /** The store's time. */
    Time time();

    /** Ends both stores and removes what they hold. */
    @Override
    void close();
}
