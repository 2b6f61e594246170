// SPDX-License-Identifier: Apache-2.0
/**
 * The contract between gateways that share a store: which gateways are alive ({@link dev.holdfast.store.cluster.Membership}) and
 * what they write to each other ({@link dev.holdfast.store.cluster.Inbox}). Imports the session contract and the JDK.
 */
@NullMarked
package dev.holdfast.store.cluster;

import org.jspecify.annotations.NullMarked;
