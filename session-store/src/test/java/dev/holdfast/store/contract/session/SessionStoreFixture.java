// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import dev.holdfast.store.contract.Time;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;

/** An empty session store for one test. */
public interface SessionStoreFixture extends AutoCloseable {

    /** The store under test; the same at every call. */
    SessionStore store();

    /**
     * The same sessions as another process sees them; the same at every call. A store that lives in one process
     * answers the store itself.
     */
    SessionStore otherProcess();

    /** The store's time. */
    Time time();

    /** How many random runs the model test makes; fewer for a store that is far away. */
    default int modelRuns() {
        return 40;
    }

    /** How often two operations are raced against each other. */
    default int races() {
        return 50;
    }

    /** How long the store waits for the word of a displaced gateway on its connection's will. */
    Duration willWord();

    /** How long the store waits for a will that was handed out to be published. */
    Duration willLease();

    /** Ends both stores and removes what they hold. */
    @Override
    void close();
}
