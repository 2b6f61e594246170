// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The whole contract of a {@link dev.holdfast.store.session.SessionStore}. Extend it and bring a store:
 *
 * <pre>{@code
 *   final class MyStoreTest extends SessionStoreContract {
 *       protected SessionStoreFixture open() { return new MyFixture(); }
 *   }
 * }</pre>
 */
public abstract class SessionStoreContract
        implements OwnershipContract,
                BoundContract,
                QueueContract,
                CursorContract,
                DropContract,
                EndContract,
                WillContract,
                InboundContract,
                ViewContract,
                OperatorContract,
                ConcurrencyContract,
                ModelContract {
    private @Nullable SessionStoreFixture fixture;

    /** Makes an empty store for one test. */
    protected abstract SessionStoreFixture open() throws Exception;

    @Override
    public final SessionStoreFixture fixture() {
        if (fixture == null) {
            throw new IllegalStateException("no test runs");
        }
        return fixture;
    }

    @BeforeEach
    final void openFixture() throws Exception {
        fixture = open();
    }

    @AfterEach
    final void closeFixture() {
        fixture().close();
        fixture = null;
    }
}
