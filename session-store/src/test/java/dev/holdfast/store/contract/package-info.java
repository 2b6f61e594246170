// SPDX-License-Identifier: Apache-2.0
/**
 * The contract of a session store as abstract tests, published as a test-jar: a store is one if it passes them.
 *
 * <p>Extend {@link dev.holdfast.store.contract.session.SessionStoreContract},
 * {@link dev.holdfast.store.contract.RetainedStoreContract} and
 * {@link dev.holdfast.store.contract.RevocationStoreContract} and hand them a fixture. Every test begins with an empty
 * store of its own.
 */
@NullMarked
package dev.holdfast.store.contract;

import org.jspecify.annotations.NullMarked;
