// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import dev.holdfast.store.RevocationStore;

/** An empty revocation store for one test. */
public interface RevocationStoreFixture extends AutoCloseable {

    /** The store under test, with the limit the test asked for; the same at every call. */
    RevocationStore store();

    /** The same revocations as another process sees them, or the store itself. */
    RevocationStore otherProcess();

    /** The store's time. */
    Time time();

    /** Ends both stores. */
    @Override
    void close();
}
