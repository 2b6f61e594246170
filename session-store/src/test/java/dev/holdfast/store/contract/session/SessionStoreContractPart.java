// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import dev.holdfast.store.contract.Time;
import dev.holdfast.store.session.SessionStore;

/** What every part of the contract needs of the test that brings the store. */
interface SessionStoreContractPart {

    /** The fixture of the running test. */
    SessionStoreFixture fixture();

    default SessionStore store() {
        return fixture().store();
    }

    default SessionStore otherProcess() {
        return fixture().otherProcess();
    }

    default Time time() {
        return fixture().time();
    }
}
