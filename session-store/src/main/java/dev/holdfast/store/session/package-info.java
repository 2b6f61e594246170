// SPDX-License-Identifier: Apache-2.0
/**
 * The contract of the session store: sessions, their queues, their wills and their subscriptions, and the asynchronous
 * operations on them. Imports {@code dev.holdfast.store} and the JDK.
 */
@NullMarked
package dev.holdfast.store.session;

import org.jspecify.annotations.NullMarked;
